-- Everything that moves credits. Names are written out in full, and pg_temp stands last in the search_path: where it is
-- not named it comes first for types, and a caller's temporary domain called uuid would run its check as the owner.
set local role vision3_owner;

-- EXECUTE is PUBLIC by default: any role could grant itself credits.
alter default privileges for role vision3_owner revoke execute on functions from public;

create function vision3.acting_user() returns uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
  select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;
comment on function vision3.acting_user is
  'The user of this transaction (tx_as). auth.uid() means the same, but custom roles may not call it on Supabase.';

create function vision3.append_entry(
  p_entry uuid, p_user uuid, p_amount int, p_kind text, p_reference text, p_generation uuid, p_note text
) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  balance int;
begin
  update vision3.users set credits_remaining = credits_remaining + p_amount
    where id = p_user and credits_remaining + p_amount >= 0
    returning credits_remaining into balance;
  if not found then
    if exists (select from vision3.users where id = p_user) then
      raise exception 'insufficient credits' using errcode = 'V3402';
    end if;
    raise exception 'unknown user' using errcode = 'V3404';
  end if;
  insert into vision3.credit_entries (id, user_id, amount, kind, reference, generation_id, balance_after, note)
    values (p_entry, p_user, p_amount, p_kind, p_reference, p_generation, balance, p_note);
  return balance;
end $$;
comment on function vision3.append_entry is
  'One ledger entry together with the balance. V3402: the balance would go below 0. Granted to nobody: the functions below call it.';

create function vision3.provision_user(p_user uuid, p_entry uuid, p_clerk_id text) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  created uuid;
  existing uuid;
  gift int;
begin
  if (p_clerk_id <> '') is not true then
    raise exception 'a user has a Clerk id' using errcode = '22023';
  end if;
  insert into vision3.users (id, clerk_id) values (p_user, p_clerk_id)
    on conflict (clerk_id) do nothing returning id into created;
  -- Statements of their own: the insert may have waited, for the winner of a race or for an erasure of this person,
  -- and only a later statement sees what that left.
  if created is null then
    select id into existing from vision3.users where clerk_id = p_clerk_id and erase_requested_at is null;
  end if;
  if coalesce(created, existing) is null or exists (
    select from vision3.erased_identities where clerk_id_digest = sha256(convert_to(p_clerk_id, 'UTF8'))
  ) then
    raise exception 'erased identity' using errcode = 'V3401';
  end if;
  if created is null then
    return existing;
  end if;
  select amount into strict gift from vision3.credit_policies where kind = 'signup';
  if gift > 0 then
    perform vision3.append_entry(p_entry, created, gift, 'signup', 'signup:' || created, null, null);
  end if;
  return created;
end $$;
comment on function vision3.provision_user is
  'The user of a Clerk id, created at first sight with the signup credits. V3401: that person was erased, or asked to be.';

create function vision3.charge(p_entry uuid, p_generation uuid, p_amount int) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if (p_amount > 0) is not true then
    raise exception 'a charge takes credits' using errcode = '22023';
  end if;
  return vision3.append_entry(
    p_entry, vision3.acting_user(), -p_amount, 'charge', 'charge:' || p_generation, p_generation, null);
end $$;
comment on function vision3.charge is
  'Takes credits from the acting user and from nobody else. Returns the balance; V3402 when there are too few.';

create function vision3.refund(p_entry uuid, p_generation uuid, p_amount int, p_note text) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  payer uuid;
  charged int;
begin
  -- The ledger knows who paid and how much; the generation's own columns are written by the gateway, or blanked.
  select user_id, -amount into strict payer, charged from vision3.credit_entries
    where reference = 'charge:' || p_generation;
  if (p_amount between 1 and charged) is not true then
    raise exception 'a refund is at most the charge' using errcode = '22023';
  end if;
  return vision3.append_entry(
    p_entry, payer, p_amount, 'refund', 'refund:' || p_generation, p_generation, p_note);
end $$;
comment on function vision3.refund is
  'Gives back what was not delivered to whoever paid, once for a generation: its reference is unique.';

create function vision3.grant_credits(
  p_entry uuid, p_user uuid, p_amount int, p_kind text, p_reference text, p_note text
) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if (p_amount > 0 and p_kind in ('plan', 'pack')) is not true then
    raise exception 'only bought credits are granted' using errcode = '22023';
  end if;
  perform from vision3.users where id = p_user for no key update;
  if exists (select from vision3.credit_entries where reference = p_reference) then
    return false;
  end if;
  perform vision3.append_entry(p_entry, p_user, p_amount, p_kind, p_reference, null, p_note);
  return true;
end $$;
comment on function vision3.grant_credits is
  'Credits that were paid for, once for a reference: false when that fact is in the ledger already. V3404: unknown user.';

create function vision3.hold_generation(p_generation uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform from vision3.generations where id = p_generation and anonymized_at is null for share;
  return found;
end $$;
comment on function vision3.hold_generation is
  'Keeps a generation from being anonymized until the transaction ends; false when it already was. A function, because '
  'FOR SHARE would need an UPDATE grant.';
