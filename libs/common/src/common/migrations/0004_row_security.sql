-- As the migrating role, which is a member of the owner: on Supabase it may call auth.uid(), the owner may not.
set local search_path = vision3;

do $$
declare
  name text;
begin
  for name in select tablename from pg_tables where schemaname = 'vision3' loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    -- Without a policy of its own the owner's security definer functions would change 0 rows, silently.
    execute format('create policy owner on %I to vision3_owner using (true) with check (true)', name);
  end loop;
end $$;

-- What a user may see of their own, through the gateway or through Supabase's Data API. auth.uid() stands in a
-- sub-select so that it is evaluated once a query, not once a row.
create policy own on users for select to authenticated, vision3_gateway using (id = (select auth.uid()));
create policy own on generations for select to authenticated, vision3_gateway using (user_id = (select auth.uid()));
create policy own on credit_entries for select to authenticated, vision3_gateway using (user_id = (select auth.uid()));
create policy own on subscriptions for select to authenticated, vision3_gateway using (user_id = (select auth.uid()));
create policy own on concepts for select to authenticated, vision3_gateway using (
  exists (select from generations g where g.id = generation_id and g.user_id = (select auth.uid())));
create policy own on artifacts for select to authenticated, vision3_gateway using (
  exists (select from generations g where g.id = generation_id and g.user_id = (select auth.uid())));

create policy request on generations for insert to vision3_gateway with check (user_id = (select auth.uid()));
create policy own_keys on idempotency_keys to vision3_gateway
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

-- A service sends its own events and sees nobody else's.
create policy own_events on outbox to vision3_gateway, vision3_orchestrator, vision3_imager, vision3_billing, vision3_retention
  using (source = current_user) with check (source = current_user);

create policy work on generations to vision3_orchestrator using (true) with check (true);
create policy work on concepts to vision3_orchestrator using (true) with check (true);
create policy work on artifacts to vision3_orchestrator using (true) with check (true);

create policy read on generations for select to vision3_imager using (true);
create policy render on concepts to vision3_imager using (true) with check (true);
create policy render on artifacts to vision3_imager using (true) with check (true);

create policy match on users to vision3_billing using (true) with check (true);
create policy work on webhook_events to vision3_billing using (true) with check (true);
create policy work on subscriptions to vision3_billing using (true) with check (true);
create policy read on credit_entries for select to vision3_billing using (true);

create policy anonymize on generations to vision3_retention using (true) with check (true);
create policy anonymize on concepts to vision3_retention using (true) with check (true);
create policy anonymize on artifacts to vision3_retention using (true) with check (true);
create policy sweep on objects_to_delete to vision3_retention using (true) with check (true);
create policy log on retention_runs to vision3_retention using (true) with check (true);

create policy lead on leases to vision3_orchestrator, vision3_billing, vision3_retention using (true) with check (true);
