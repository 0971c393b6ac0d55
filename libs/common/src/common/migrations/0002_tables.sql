set local role vision3_owner;
set local search_path = vision3;

create table users (
  id uuid primary key,
  clerk_id text unique, -- null once erased
  email text,
  subscription_tier text not null default 'free' check (subscription_tier in ('free', 'starter', 'pro')),
  credits_remaining int not null default 0 check (credits_remaining >= 0),
  created_at timestamptz not null default now(),
  identity_updated_at timestamptz,
  erase_requested_at timestamptz,
  erased_at timestamptz
);

create table erased_identities (
  clerk_id_digest bytea primary key, -- sha256
  erased_at timestamptz not null default now()
);

create table generations (
  id uuid primary key,
  user_id uuid references users (id), -- null once anonymized
  type text not null check (type in ('THUMBNAIL', 'TITLE')),
  status text not null default 'PENDING' check (status in ('PENDING', 'COMPLETED', 'FAILED')),
  user_prompt text,
  requested_count int not null check (requested_count between 1 and 5),
  credits_charged int not null check (credits_charged > 0),
  failure_code text,
  failure_detail text,
  lease_token uuid,
  lease_until timestamptz,
  attempts int not null default 0,
  asked_at timestamptz not null default now(), -- when its event was last put into the outbox
  created_at timestamptz not null default now(),
  -- 180 s are promised; the last ten belong to settlement
  deadline_at timestamptz not null default now() + interval '170 seconds',
  completed_at timestamptz,
  anonymized_at timestamptz
);
create index generations_of_a_user on generations (user_id, id desc);
create index generations_pending on generations (created_at) where status = 'PENDING';
create index generations_pending_of_a_user on generations (user_id) where status = 'PENDING';
create index generations_to_anonymize on generations (created_at) where anonymized_at is null;

create table concepts (
  id uuid primary key,
  generation_id uuid not null references generations (id),
  position int not null check (position >= 0),
  headline text,
  description text,
  mood text not null,
  palette text[] not null,
  layout text not null check (layout in ('left', 'right')),
  status text not null default 'PROPOSED' check (status in ('PROPOSED', 'RENDERED', 'FAILED')),
  failure_code text,
  failure_detail text,
  lease_token uuid,
  lease_until timestamptz,
  attempts int not null default 0,
  asked_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  unique (generation_id, position)
);
create index concepts_proposed on concepts (asked_at) where status = 'PROPOSED';

create table artifacts (
  id uuid primary key,
  generation_id uuid not null references generations (id),
  concept_id uuid references concepts (id),
  parent_id uuid references artifacts (id), -- an edit's original
  edit_digest bytea, -- sha256 of the edit's text: the same edit is the same artifact
  type text not null check (type in ('IMAGE', 'TEXT')),
  content text, -- a title's text, or an image's object key
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  check ((parent_id is null) = (edit_digest is null)),
  check (type = 'TEXT' or concept_id is not null)
);
create index artifacts_of_a_generation on artifacts (generation_id);
create unique index artifacts_one_original on artifacts (concept_id) where parent_id is null;
create unique index artifacts_one_edit on artifacts (parent_id, edit_digest);

create table credit_entries (
  id uuid primary key,
  user_id uuid not null references users (id),
  amount int not null check (amount <> 0),
  kind text not null check (kind in ('signup', 'charge', 'refund', 'plan', 'pack', 'clawback', 'adjustment')),
  reference text not null unique, -- the business fact: one fact, one entry
  -- deferred: a charge comes before its generation, since the user's row lock has to be taken first
  generation_id uuid references generations (id) deferrable initially deferred,
  balance_after int not null check (balance_after >= 0),
  note text,
  created_at timestamptz not null default now(),
  -- What happens once to a user or a generation has its kind for a prefix, which no bought credit can take.
  check (case split_part(reference, ':', 1)
    when 'signup' then kind = 'signup' when 'charge' then kind = 'charge' when 'refund' then kind = 'refund'
    else kind not in ('signup', 'charge', 'refund') end)
);
create index credit_entries_of_a_user on credit_entries (user_id, id desc);
create index credit_entries_of_a_generation on credit_entries (generation_id) where generation_id is not null;

-- Amounts that are policy are rows, so that no caller can name its own.
create table credit_policies (
  kind text primary key,
  amount int not null check (amount >= 0)
);
insert into credit_policies (kind, amount) values ('signup', 20);

create table idempotency_keys (
  user_id uuid not null references users (id),
  key text not null,
  request_digest bytea not null,
  generation_id uuid not null references generations (id),
  created_at timestamptz not null default now(),
  primary key (user_id, key)
);

create table subscriptions (
  id text primary key, -- the vendor's
  user_id uuid references users (id),
  tier text not null check (tier in ('free', 'starter', 'pro')),
  status text not null,
  renews_at timestamptz,
  ends_at timestamptz,
  vendor_updated_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index subscriptions_of_a_user on subscriptions (user_id);

create table webhook_events (
  id uuid primary key,
  source text not null check (source in ('lemonsqueezy', 'clerk')),
  event_name text not null,
  body bytea, -- as received; the signature was checked over these bytes
  body_digest bytea not null,
  received_at timestamptz not null default now(),
  attempts int not null default 0,
  next_attempt_at timestamptz not null default now(),
  processed_at timestamptz,
  outcome text check (outcome in ('applied', 'ignored', 'unmatched', 'refused', 'failed')),
  error text,
  unique (source, body_digest)
);
create index webhook_events_due on webhook_events (next_attempt_at) where processed_at is null;

create table outbox (
  id uuid primary key, -- also the event's id and its Nats-Msg-Id
  source text not null default current_user, -- the role whose relay sends it
  type text not null,
  payload bytea not null,
  traceparent text,
  created_at timestamptz not null default now(),
  claimed_until timestamptz
);
create index outbox_unsent on outbox (source, created_at);

create table leases (
  name text primary key,
  holder uuid not null,
  until timestamptz not null
);

create table objects_to_delete (
  key text primary key,
  requested_at timestamptz not null default now(),
  attempts int not null default 0
);

create table retention_runs (
  id uuid primary key,
  policy text not null,
  cutoff timestamptz not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  rows_changed int not null default 0,
  objects_deleted int not null default 0,
  outcome text not null default 'running' check (outcome in ('running', 'done', 'failed')),
  error text
);
