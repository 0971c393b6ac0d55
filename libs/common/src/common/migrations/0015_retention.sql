-- Retention beyond generations, by schedule.
set local role vision3_owner;
set local search_path = vision3;

grant select (key, created_at) on idempotency_keys to vision3_retention;
create index idempotency_keys_by_age on idempotency_keys (created_at);

create policy forget on webhook_events to vision3_retention
  using (processed_at is not null) with check (processed_at is not null);
grant select (id, processed_at, body), update (body) on webhook_events to vision3_retention;
create index webhook_events_with_body on webhook_events (processed_at) where body is not null;

create policy leftovers on outbox for delete to vision3_retention using (created_at < now() - interval '7 days');
create policy see_leftovers on outbox for select to vision3_retention using (created_at < now() - interval '7 days');

alter table retention_runs add column scheduled boolean not null default false;
create index retention_runs_started on retention_runs (policy, started_at);
