-- What anonymizing needs beyond 0005, and billing's view of webhooks narrowed to its own vendor's.
set local role vision3_owner;
set local search_path = vision3;

alter table retention_runs add column dry_run boolean not null default false;
alter table retention_runs rename column objects_deleted to objects;
comment on column retention_runs.objects is
  'Handed to objects_to_delete by this run, or, in a dry run, what would be; the sweep deletes them.';

-- An idempotency key ties a user to a generation, and may hold any text: it goes when the user leaves the generation.
create policy forget on idempotency_keys to vision3_retention using (true);
grant select (user_id, generation_id), delete on idempotency_keys to vision3_retention;

alter policy work on webhook_events using (source = 'lemonsqueezy') with check (source = 'lemonsqueezy');
