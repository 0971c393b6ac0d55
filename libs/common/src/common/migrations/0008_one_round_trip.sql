-- What is asked most often is one statement, and so one round trip and one transaction: the acting user is set in it.
set local role vision3_owner;
set local search_path = vision3;

-- With the rights of whoever asks, row security included: as its owner a view would show everybody's rows.
-- Artifacts are not joined with their concepts, which stand beside them: each table named costs its policy's plan.
create view shown_generations with (security_invoker = true) as
select g.id, g.type, g.status, g.user_prompt, g.requested_count, g.credits_charged, g.failure_code, g.failure_detail,
  g.created_at, g.completed_at,
  (select coalesce(sum(e.amount), 0) from credit_entries e
    where e.generation_id = g.id and e.kind = 'refund') as refunded,
  (select json_agg(json_build_object(
      'id', c.id, 'position', c.position, 'headline', c.headline, 'mood', c.mood, 'status', c.status,
      'failure_code', c.failure_code, 'failure_detail', c.failure_detail) order by c.position)
    from concepts c where c.generation_id = g.id) as concepts,
  (select json_agg(json_build_object(
      'id', a.id, 'concept_id', a.concept_id, 'parent_id', a.parent_id, 'type', a.type,
      'text', case a.type when 'TEXT' then a.content end,
      'width', (a.metadata ->> 'width')::int, 'height', (a.metadata ->> 'height')::int,
      'bytes', (a.metadata ->> 'bytes')::int, 'headline', a.metadata #>> '{text_layer,text}')
      order by a.created_at, a.id)
    from artifacts a where a.generation_id = g.id) as artifacts
from generations g;
comment on view shown_generations is 'Generations with all that the API shows of them.';

grant select on shown_generations to vision3_gateway;

create function vision3.show_generation(p_user uuid, p_generation uuid) returns setof vision3.shown_generations
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('request.jwt.claims', json_build_object('sub', p_user)::text, true);
  return query select * from vision3.shown_generations where id = p_generation;
end $$;
comment on function vision3.show_generation is 'A generation of that user, or nothing.';

drop function vision3.place_order(uuid, text, text, int, int, text, bytea, uuid);

create function vision3.place_order(
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
  insert into vision3.generations (id, user_id, type, user_prompt, requested_count, credits_charged)
  select p_generation, p_user, p_type, p_prompt, p_count, p_credits where p_key is null or exists (select from key);
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
comment on function vision3.place_order is
  'Stores, charges and announces a generation of that user; returns the balance. Null: its key was used before, and '
  'nothing was done. V3402: too few credits; V3429: too many pending.';

grant execute on function show_generation(uuid, uuid),
  place_order(uuid, uuid, text, text, int, int, text, bytea, uuid, int, uuid, text, bytea, text) to vision3_gateway;
