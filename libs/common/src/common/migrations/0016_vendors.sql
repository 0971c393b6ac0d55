-- What is known of a vendor of models is known to all who call it: its quota, and whether it works.
set local role vision3_owner;
set local search_path = vision3;

create table vendors (
  name text primary key,
  starts timestamptz[] not null default '{}',
  spare double precision not null default 0,
  failures int not null default 0,
  openings int not null default 0,
  open_until timestamptz,
  code text,
  final boolean not null default false,
  probe_until timestamptz
);
comment on table vendors is 'One row for each vendor: written with every call, by whichever process makes it';
comment on column vendors.starts is 'When the last minute''s calls began, the oldest first; the last ones may lie ahead';
comment on column vendors.spare is 'Second tries that have been saved up, a tenth for each call';
comment on column vendors.code is 'Why it is not called before open_until';
comment on column vendors.final is 'Waiting does not help: somebody has to act';
comment on column vendors.probe_until is 'While one process looks whether it works again';

alter table vendors enable row level security;
alter table vendors force row level security;
create policy owner on vendors to vision3_owner using (true) with check (true);
create policy calls on vendors to vision3_orchestrator, vision3_imager using (true) with check (true);
grant select, insert, update on vendors to vision3_orchestrator, vision3_imager;

-- What a tier costs is asked long after its user has gone, or has changed it.
alter table generations add column tier text;
comment on column generations.tier is 'Its user''s when it was ordered';
grant insert (tier) on generations to vision3_gateway;

create or replace function vision3.place_order(
  p_user uuid, p_generation uuid, p_type text, p_prompt text, p_count int, p_credits int, p_key text, p_digest bytea,
  p_entry uuid, p_max_pending int, p_event uuid, p_event_type text, p_payload bytea, p_traceparent text
) returns int
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  balance int;
  pending bigint;
begin
  if p_user is null then
    raise exception 'an order is somebody''s' using errcode = '22023';
  end if;
  perform set_config('request.jwt.claims', json_build_object('sub', p_user)::text, true);
  -- Of parallel requests with one key, all but the first wait here for its end and then insert nothing.
  with key as (
    insert into vision3.idempotency_keys (user_id, key, request_digest, generation_id)
    select p_user, p_key, p_digest, p_generation where p_key is not null
    on conflict do nothing returning generation_id)
  insert into vision3.generations (id, user_id, type, user_prompt, requested_count, credits_charged, tier)
  select p_generation, p_user, p_type, p_prompt, p_count, p_credits,
    (select subscription_tier from vision3.users where id = p_user)
  where p_key is null or exists (select from key);
  if not found then
    return null;
  end if;
  balance := vision3.charge(p_entry, p_generation, p_credits);
  -- After the charge, which holds the user's row: parallel requests count one after the other.
  select count(*) into pending from vision3.generations where status = 'PENDING';
  if pending > p_max_pending then
    raise exception 'too many pending' using errcode = 'V3429';
  end if;
  insert into vision3.outbox (id, type, payload, traceparent) values (p_event, p_event_type, p_payload, p_traceparent);
  return balance;
end $$;
