-- What each service needs, and no more. A column list keeps the rest of the table out of reach.
set local role vision3_owner;
set local search_path = vision3;

revoke all on schema vision3 from public;
grant usage on schema vision3 to authenticated,
  vision3_gateway, vision3_orchestrator, vision3_imager, vision3_billing, vision3_retention;

grant select on users, generations, concepts, artifacts, credit_entries, subscriptions to authenticated;

grant select, insert, update, delete on outbox
  to vision3_gateway, vision3_orchestrator, vision3_imager, vision3_billing, vision3_retention;

grant select on users, generations, concepts, artifacts, credit_entries, subscriptions to vision3_gateway;
grant insert (id, user_id, type, user_prompt, requested_count, credits_charged) on generations to vision3_gateway;
grant select, insert on idempotency_keys to vision3_gateway;
grant execute on function acting_user(), provision_user(uuid, uuid, text), charge(uuid, uuid, int) to vision3_gateway;

grant select on generations, concepts, artifacts to vision3_orchestrator;
grant update (status, failure_code, failure_detail, lease_token, lease_until, attempts, asked_at, deadline_at, completed_at)
  on generations to vision3_orchestrator;
grant insert on concepts, artifacts to vision3_orchestrator;
grant update (status, failure_code, failure_detail, asked_at, settled_at) on concepts to vision3_orchestrator;
grant select, insert, update, delete on leases to vision3_orchestrator, vision3_billing, vision3_retention;
grant execute on function refund(uuid, uuid, int, text) to vision3_orchestrator;

grant select (id, type, status, deadline_at, anonymized_at) on generations to vision3_imager;
grant select on concepts, artifacts to vision3_imager;
grant update (status, failure_code, failure_detail, lease_token, lease_until, attempts, settled_at) on concepts to vision3_imager;
grant insert on artifacts to vision3_imager;
grant execute on function hold_generation(uuid) to vision3_imager;

grant select (id, subscription_tier, credits_remaining) on users to vision3_billing;
grant update (subscription_tier) on users to vision3_billing;
grant select, insert, update on webhook_events, subscriptions to vision3_billing;
grant select on credit_entries to vision3_billing;
grant execute on function grant_credits(uuid, uuid, int, text, text, text) to vision3_billing;

grant select on generations, concepts, artifacts to vision3_retention;
grant update (user_id, user_prompt, failure_detail, anonymized_at) on generations to vision3_retention;
grant update (headline, description, failure_detail) on concepts to vision3_retention;
grant update (content, metadata) on artifacts to vision3_retention;
grant select, insert, update, delete on objects_to_delete to vision3_retention;
grant select, insert, update on retention_runs to vision3_retention;
