-- While nothing is pending, which is when tables are analyzed, any index of pending generations looks as good as
-- another. One by age then counted a user's by reading everybody's: with this one alone there is no such choice.
set local role vision3_owner;
set local search_path = vision3;

drop index generations_pending;
drop index generations_pending_of_a_user;
create index generations_pending on generations (user_id) include (created_at) where status = 'PENDING';

create or replace function vision3.oldest_unsettled_s() returns float8
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(extract(epoch from now() - min(created_at)), 0)::float8
  from vision3.generations where status = 'PENDING'
$$;
