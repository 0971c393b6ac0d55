-- An invoice names no plan, and a plan may change before its invoice is heard of: events come in any order.
set local role vision3_owner;
set local search_path = vision3;

create table plan_history (
  reference text not null, -- subscription:<id>, or order:<id> of a subscription's first order
  at timestamptz not null, -- the vendor's time
  variant_id bigint not null,
  primary key (reference, at, variant_id)
);
comment on table plan_history is 'Which variant a subscription was of at times that the vendor told of.';
alter table plan_history enable row level security;
alter table plan_history force row level security;
create policy owner on plan_history to vision3_owner using (true) with check (true);
create policy work on plan_history to vision3_billing using (true) with check (true);
grant select, insert on plan_history to vision3_billing;

insert into plan_history (reference, at, variant_id)
  select 'subscription:' || id, vendor_updated_at, variant_id from subscriptions
  where variant_id is not null and vendor_updated_at is not null;
