-- What users do with their history, and what keeps one of them from taking everybody's share.
-- The policy is altered as the migrating role: on Supabase it may call auth.uid(), the owner may not.
set local search_path = vision3;

alter table generations add column deleted_at timestamptz;
comment on column generations.deleted_at is
  'When its user deleted it. Gone for them at once; settled as cancelled if pending, then retention takes its data.';
create index generations_deleted on generations (deleted_at) where deleted_at is not null and anonymized_at is null;

-- Concepts and artifacts follow: their policies ask for a generation that this one shows.
alter policy own on generations using (user_id = (select auth.uid()) and deleted_at is null);

set local role vision3_owner;

create function vision3.delete_generation(p_generation uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update vision3.generations set deleted_at = now()
    where id = p_generation and user_id = vision3.acting_user() and deleted_at is null;
  return found;
end $$;
comment on function vision3.delete_generation is
  'Deletes a generation of the acting user; false when they have none of that id. A function, because an UPDATE grant '
  'would also let one be taken back.';

create or replace function vision3.hold_generation(p_generation uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform from vision3.generations
    where id = p_generation and anonymized_at is null and deleted_at is null for share;
  return found;
end $$;
comment on function vision3.hold_generation is
  'Keeps a generation from being deleted or anonymized until the transaction ends; false when it already was. '
  'A function, because FOR SHARE would need an UPDATE grant.';

-- Not logged: after a crash everybody begins with a full bucket, and no request waits for the disk.
create unlogged table request_buckets (
  user_id uuid primary key references users (id),
  tokens float8 not null,
  refilled_at timestamptz not null
) with (fillfactor = 50);
alter table request_buckets enable row level security;
alter table request_buckets force row level security;
create policy owner on request_buckets to vision3_owner using (true) with check (true);

create function vision3.take_request_token(p_user uuid, p_burst int, p_per_s float8) returns float8
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  remaining float8;
begin
  insert into vision3.request_buckets as b (user_id, tokens, refilled_at) values (p_user, p_burst - 1, now())
    on conflict (user_id) do update set
      tokens = least(p_burst, b.tokens + p_per_s * greatest(0, extract(epoch from now() - b.refilled_at))) - 1,
      refilled_at = greatest(b.refilled_at, now())
    where b.tokens + p_per_s * greatest(0, extract(epoch from now() - b.refilled_at)) >= 1
    returning tokens into remaining;
  if not found then
    select tokens + p_per_s * greatest(0, extract(epoch from now() - refilled_at)) - 1 into remaining
      from vision3.request_buckets where user_id = p_user;
  end if;
  return remaining;
end $$;
comment on function vision3.take_request_token is
  'The tokens left after this request; negative, what is missing of one: then none was taken.';

create function vision3.oldest_unsettled_s() returns float8
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(
    (select extract(epoch from now() - created_at) from vision3.generations
     where status = 'PENDING' order by created_at limit 1), 0)::float8
$$;
comment on function vision3.oldest_unsettled_s is
  'For how many seconds the longest waiting generation has waited, whose ever it is.';

-- One round trip instead of three; each is still done with the caller's rights.
create function vision3.place_order(
  p_generation uuid, p_type text, p_prompt text, p_count int, p_credits int, p_key text, p_digest bytea, p_entry uuid,
  out balance int, out pending bigint
)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  orderer constant uuid := vision3.acting_user();
begin
  if orderer is null then
    raise exception 'an order is somebody''s' using errcode = '22023';
  end if;
  -- Of parallel requests with one key, all but the first wait here for its end and then insert nothing.
  with key as (
    insert into vision3.idempotency_keys (user_id, key, request_digest, generation_id)
    select orderer, p_key, p_digest, p_generation where p_key is not null
    on conflict do nothing returning generation_id)
  insert into vision3.generations (id, user_id, type, user_prompt, requested_count, credits_charged)
  select p_generation, orderer, p_type, p_prompt, p_count, p_credits where p_key is null or exists (select from key);
  if not found then
    return;
  end if;
  balance := vision3.charge(p_entry, p_generation, p_credits);
  -- After the charge, which holds the user's row: parallel requests count one after the other.
  select count(*) into pending from vision3.generations where status = 'PENDING';
end $$;
comment on function vision3.place_order is
  'Stores and charges a generation of the acting user. Nulls: its key was used before, and nothing was done.';

grant execute on function place_order(uuid, text, text, int, int, text, bytea, uuid) to vision3_gateway;
grant execute on function delete_generation(uuid), take_request_token(uuid, int, float8), oldest_unsettled_s()
  to vision3_gateway;
