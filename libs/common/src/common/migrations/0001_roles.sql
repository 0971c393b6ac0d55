-- Roles are cluster-wide: creating them must survive another database's migration doing the same at the same time.
do $$
declare
  name text;
begin
  foreach name in array array['vision3_owner', 'anon', 'authenticated'] loop
    begin
      execute format('create role %I nologin', name);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
  foreach name in array array['gateway', 'orchestrator', 'imager', 'billing', 'retention'] loop
    begin
      execute format('create role %I login nobypassrls', 'vision3_' || name);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end $$;

-- The migrating role acts as the owner, so that everything belongs to a role that can't log in.
do $$
begin
  if not pg_has_role(current_user, 'vision3_owner', 'member') then
    execute format('grant vision3_owner to %I', current_user);
  elsif current_setting('server_version_num')::int >= 160000
    and not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant vision3_owner to %I with inherit true, set true', current_user);
  end if;
exception when unique_violation then null;
end $$;

create schema if not exists vision3 authorization vision3_owner;

-- Supabase brings auth.uid(); elsewhere policies need one of the same meaning.
do $$
begin
  if to_regprocedure('auth.uid()') is null then
    create schema if not exists auth;
    create function auth.uid() returns uuid language sql stable as $f$
      select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
    $f$;
  end if;
end $$;

-- Time limits stand with the role: a pooler drops start-up parameters. Another database's migration may set the same
-- at the same moment; that one wins, and the values are equal.
do $$
declare
  limits constant jsonb := '{"gateway": "2s", "orchestrator": "5s", "imager": "5s", "billing": "5s", "retention": "60s"}';
  service text;
begin
  execute format('alter database %I set search_path = vision3, public', current_database());
  foreach service in array array(select jsonb_object_keys(limits)) loop
    begin
      execute format('alter role %I set search_path = vision3', 'vision3_' || service);
      execute format('alter role %I set statement_timeout = %L', 'vision3_' || service, limits ->> service);
      execute format('alter role %I set lock_timeout = %L', 'vision3_' || service, '2s');
      execute format('alter role %I set idle_in_transaction_session_timeout = %L', 'vision3_' || service, '10s');
    exception when internal_error then null; -- "tuple concurrently updated"
    end;
  end loop;
end $$;
