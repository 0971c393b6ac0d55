-- Forgetting a person: what ties the ledger to a generation goes with it, and a user is nobody once nothing is left.
set local role vision3_owner;
set local search_path = vision3;

grant update (deleted_at) on generations to vision3_retention;
grant select (id, erase_requested_at, erased_at) on users to vision3_retention;
create policy forget on users for select to vision3_retention using (erase_requested_at is not null);
create index users_to_erase on users (erase_requested_at) where erase_requested_at is not null and erased_at is null;

create function vision3.unlink_entries(p_generations uuid[]) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  unlinked int;
begin
  -- A reference names its generation. Nothing is charged or refunded for one that is anonymized: any other will do.
  update vision3.credit_entries set generation_id = null, reference = kind || ':' || gen_random_uuid()
    where generation_id in (
      select id from vision3.generations where id = any(p_generations) and anonymized_at is not null);
  get diagnostics unlinked = row_count;
  return unlinked;
end $$;
comment on function vision3.unlink_entries is
  'Of anonymized generations, the ledger keeps amounts and balances alone. How many entries were unlinked.';

create function vision3.erase_user(p_user uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  person record;
begin
  -- Plain `for update`: a generation that is being inserted is waited for, and seen below.
  select clerk_id, lower(email) as email into person from vision3.users
    where id = p_user and erase_requested_at is not null and erased_at is null for update;
  if not found or exists (select from vision3.generations where user_id = p_user) then
    return false;
  end if;
  insert into vision3.erased_identities (clerk_id_digest) values (sha256(convert_to(person.clerk_id, 'UTF8')))
    on conflict do nothing;
  delete from vision3.idempotency_keys where user_id = p_user;
  delete from vision3.request_buckets where user_id = p_user;
  update vision3.subscriptions set customer_id = null where user_id = p_user;
  update vision3.webhook_events set body = null, waits_for = null, processed_at = coalesce(processed_at, now()),
      outcome = coalesce(outcome, 'ignored'), error = coalesce(error, 'its user was erased')
    where body is not null and position(p_user::text in encode(body, 'escape')) > 0;
  -- By the address alone only what was worked on: the address of whoever paid may be on another user's purchase.
  update vision3.webhook_events set body = null, waits_for = null
    where body is not null and processed_at is not null
      and position('"' || person.email || '"' in lower(encode(body, 'escape'))) > 0;
  update vision3.users set clerk_id = null, email = null, identity_updated_at = null, erased_at = now() where id = p_user;
  return true;
end $$;
comment on function vision3.erase_user is
  'Makes a user whose erasure was asked for nobody: the id stays, as the pseudonym of their ledger. False while a '
  'generation of theirs is left, or when there is nothing to do.';

grant execute on function unlink_entries(uuid[]), erase_user(uuid) to vision3_retention;
