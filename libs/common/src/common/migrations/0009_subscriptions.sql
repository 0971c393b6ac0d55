-- What webhooks tell of subscriptions and purchases, and the way back for credits whose money was given back.
set local role vision3_owner;
set local search_path = vision3;

alter table subscriptions
  add column customer_id bigint,
  add column order_id bigint,
  add column product_id bigint,
  add column variant_id bigint,
  add column past_due_at timestamptz;
comment on column subscriptions.past_due_at is 'Since when the vendor has called it past due; null while it does not.';

alter table users add column tier_until timestamptz;
comment on column users.tier_until is 'When time alone ends this tier; null where only an event can.';
create index users_whose_tier_ends on users (tier_until) where tier_until is not null;

create table purchases (
  reference text primary key, -- the ledger's: order:<id> or invoice:<id>
  subscription_id text references subscriptions (id), -- an invoice's
  order_reference text, -- of an initial invoice: the vendor tells of its money as an order, too
  failed_at timestamptz, -- an invoice's: when its payment first failed
  paid_at timestamptz, -- an invoice's
  refunded_cents bigint, -- in all; null without a refund
  credits_short int not null default 0, -- due for what was refunded, and spent already
  created_at timestamptz not null default now()
);
create index purchases_of_a_subscription on purchases (subscription_id);
create index purchases_of_an_order on purchases (order_reference) where order_reference is not null;
alter table purchases enable row level security;
alter table purchases force row level security;
create policy owner on purchases to vision3_owner using (true) with check (true);
create policy work on purchases to vision3_billing using (true) with check (true);

-- Packs sold before there were purchases can be refunded too.
insert into purchases (reference) select reference from credit_entries where kind = 'pack';

alter table webhook_events add column waits_for text;
comment on column webhook_events.waits_for is
  'What has to be known first: subscription:<id>, order:<id> or invoice:<id>. It is due again as soon as that is.';
create index webhook_events_waiting on webhook_events (waits_for) where waits_for is not null;

create function vision3.take_back(
  p_entry uuid, p_reference text, p_refunded_cents bigint, p_total_cents bigint,
  out user_id uuid, out taken int, out short int
)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  granted int;
  balance int;
  due int;
begin
  if (p_refunded_cents >= 0 and p_total_cents >= 0) is not true then
    raise exception 'money is counted in cents from 0' using errcode = '22023';
  end if;
  taken := 0;
  short := 0;
  -- Refunds of one purchase come one after the other here, and only the largest sum so far goes on.
  update vision3.purchases set refunded_cents = p_refunded_cents
    where reference = p_reference and (refunded_cents is null or refunded_cents < p_refunded_cents);
  if not found then
    return;
  end if;
  select e.user_id, e.amount into user_id, granted from vision3.credit_entries e
    where e.reference = p_reference and e.kind in ('plan', 'pack');
  if user_id is null then
    return;
  end if;
  select credits_remaining into strict balance from vision3.users where id = take_back.user_id for no key update;
  due := case when p_refunded_cents >= p_total_cents then granted
    else floor(granted::numeric * p_refunded_cents / p_total_cents)::int end;
  due := greatest(0, due + (select coalesce(sum(e.amount), 0) from vision3.credit_entries e
    where e.user_id = take_back.user_id and e.kind = 'clawback'
      and starts_with(e.reference, 'clawback:' || p_reference || ':')));
  taken := least(due, balance);
  short := due - taken;
  if taken > 0 then
    perform vision3.append_entry(
      p_entry, user_id, -taken, 'clawback', 'clawback:' || p_reference || ':' || p_refunded_cents, null,
      case when short > 0 then format('%s more were spent already', short) end);
  end if;
  update vision3.purchases set credits_short = short where reference = p_reference;
end $$;
comment on function vision3.take_back is
  'Takes back the part of a purchase''s credits that was refunded in all, less what was taken already, down to a balance '
  'of 0; the rest is noted as credits_short. A sum that is not larger than before takes nothing. No user: no credits '
  'were granted, or no such purchase.';

grant select (erase_requested_at, erased_at, tier_until), update (tier_until) on users to vision3_billing;
grant select on purchases to vision3_billing;
grant insert (reference, subscription_id, order_reference, failed_at, paid_at), update (order_reference, failed_at, paid_at)
  on purchases to vision3_billing;
grant execute on function take_back(uuid, text, bigint, bigint) to vision3_billing;
