-- What the identity provider tells of people, late, doubled and in any order. Functions, because the gateway may neither
-- write users nor read any but the acting one.
set local role vision3_owner;
set local search_path = vision3;

create function vision3.update_identity(
  p_user uuid, p_entry uuid, p_clerk_id text, p_email text, p_updated_at timestamptz
) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  known uuid;
begin
  if p_updated_at is null then
    raise exception 'an identity was updated at some time' using errcode = '22023';
  end if;
  known := vision3.provision_user(p_user, p_entry, p_clerk_id);
  -- Asked again: the update may have waited for a request to erase this person.
  update vision3.users set email = p_email, identity_updated_at = p_updated_at
    where id = known and erase_requested_at is null
      and (identity_updated_at is null or identity_updated_at < p_updated_at);
  return found;
exception when sqlstate 'V3401' then
  return false;
end $$;
comment on function vision3.update_identity is
  'A person''s e-mail as of that time; makes the user at first sight. False when a later state is known, or the person '
  'was erased or asked to be: then nothing was done.';

create function vision3.request_erasure(p_user uuid, p_clerk_id text) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  unseen uuid;
  requested uuid;
begin
  if (p_clerk_id <> '') is not true then
    raise exception 'a user has a Clerk id' using errcode = '22023';
  end if;
  -- Waits for a first request of this person that is under way, and lets later ones wait until the digest is there:
  -- provision_user looks for it after its insert.
  insert into vision3.users (id, clerk_id) values (p_user, p_clerk_id)
    on conflict (clerk_id) do nothing returning id into unseen;
  if unseen is not null then
    delete from vision3.users where id = unseen;
    insert into vision3.erased_identities (clerk_id_digest) values (sha256(convert_to(p_clerk_id, 'UTF8')))
      on conflict do nothing;
    return null;
  end if;
  update vision3.users set erase_requested_at = now() where clerk_id = p_clerk_id and erase_requested_at is null
    returning id into requested;
  return requested;
end $$;
comment on function vision3.request_erasure is
  'The user who has to be erased from now on. Null when that was asked for before, or when there is no such user: then '
  'there will be none.';

grant execute on function update_identity(uuid, uuid, text, text, timestamptz), request_erasure(uuid, text)
  to vision3_gateway;
