-- What webhooks did not tell is asked for: the passes, and who bought when only an address says it.
set local role vision3_owner;
set local search_path = vision3;

create table reconciliations (
  id uuid primary key,
  dry_run boolean not null,
  requested_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  resources int not null default 0, -- of the vendor's, that were looked at
  found int not null default 0, -- events that no webhook had told
  listed jsonb not null default '[]', -- the first of those
  outcome text check (outcome in ('done', 'failed')),
  error text
);
comment on table reconciliations is 'Passes over all that LemonSqueezy sold: asked for by somebody, or by the schedule.';
create index reconciliations_started on reconciliations (started_at);
alter table reconciliations enable row level security;
alter table reconciliations force row level security;
create policy owner on reconciliations to vision3_owner using (true) with check (true);
create policy work on reconciliations to vision3_billing using (true) with check (true);
grant select, insert, update on reconciliations to vision3_billing;

alter table webhook_events add column reconciled boolean not null default false;
comment on column webhook_events.reconciled is 'No webhook told it: a reconciliation found it.';

create index users_of_an_address on users (lower(email)) where email is not null;

create function vision3.user_of_email(p_email text) returns uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select min(id::text)::uuid from vision3.users
  where lower(email) = lower(p_email) and erased_at is null and erase_requested_at is null
  having count(*) = 1
$$;
comment on function vision3.user_of_email is 'The one user with that address; null for none, for several, and for the erased.';
grant execute on function vision3.user_of_email(text) to vision3_billing;
