"""Who may do what: every table, policy and function of the schema. A newcomer needs its line here before it may exist.

Roles without a prefix are the services': `gateway` is vision3_gateway. A column list keeps the others out of reach.
"""

from __future__ import annotations

SERVICES = ("gateway", "orchestrator", "imager", "billing", "retention")
BROWSERS = ("anon", "authenticated")

OWNER = "vision3_owner"

EVERYTHING = {"select", "insert", "update", "delete"}

# table -> role -> privileges; nobody else has any, and the owner has all
GRANTS: dict[str, dict[str, set[str]]] = {
    "artifacts": {
        "authenticated": {"select"},
        "gateway": {"select"},
        "orchestrator": {"select", "insert"},
        "imager": {"select", "insert"},
        "retention": {"select", "update(content, metadata)"},
    },
    "concepts": {
        "authenticated": {"select"},
        "gateway": {"select"},
        "orchestrator": {
            "select",
            "insert",
            "update(asked_at, failure_code, failure_detail, settled_at, status)",
        },
        "imager": {
            "select",
            "update(attempts, failure_code, failure_detail, lease_token, lease_until, settled_at, status)",
        },
        "retention": {"select", "update(description, failure_detail, headline)"},
    },
    "credit_entries": {
        "authenticated": {"select"},
        "gateway": {"select"},
        "billing": {"select"},
    },
    "credit_policies": {},
    "erased_identities": {},
    "generations": {
        "authenticated": {"select"},
        "gateway": {"select", "insert(credits_charged, id, requested_count, tier, type, user_id, user_prompt)"},
        "orchestrator": {
            "select",
            "update(asked_at, attempts, completed_at, deadline_at, failure_code, failure_detail, "
            "lease_token, lease_until, status)",
        },
        "imager": {"select(anonymized_at, deadline_at, id, status, type)"},
        "retention": {"select", "update(anonymized_at, deleted_at, failure_detail, user_id, user_prompt)"},
    },
    "idempotency_keys": {
        "gateway": {"select", "insert"},
        "retention": {"delete", "select(created_at, generation_id, key, user_id)"},
    },
    "leases": {"orchestrator": EVERYTHING, "billing": EVERYTHING, "retention": EVERYTHING},
    "objects_to_delete": {"retention": EVERYTHING},
    "outbox": dict.fromkeys(SERVICES, EVERYTHING),
    "plan_history": {"billing": {"select", "insert"}},
    "reconciliations": {"billing": {"select", "insert", "update"}},
    "purchases": {
        "billing": {
            "select",
            "insert(failed_at, order_reference, paid_at, reference, subscription_id)",
            "update(failed_at, order_reference, paid_at)",
        },
    },
    "request_buckets": {},
    "retention_runs": {"retention": {"select", "insert", "update"}},
    "subscriptions": {
        "authenticated": {"select"},
        "gateway": {"select"},
        "billing": {"select", "insert", "update"},
    },
    "users": {
        "authenticated": {"select"},
        "gateway": {"select"},
        "billing": {
            "select(credits_remaining, erase_requested_at, erased_at, id, subscription_tier, tier_until)",
            "update(subscription_tier, tier_until)",
        },
        "retention": {"select(erase_requested_at, erased_at, id)"},
    },
    "vendors": {"orchestrator": {"select", "insert", "update"}, "imager": {"select", "insert", "update"}},
    "webhook_events": {
        "billing": {"select", "insert", "update"},
        "retention": {"select(body, id, processed_at)", "update(body)"},
    },
}

# view -> role -> privileges; each asks with the rights of whoever asks it
VIEWS: dict[str, dict[str, set[str]]] = {
    "shown_generations": {"gateway": {"select"}},
}

_ONE_OWN = "(id = ( SELECT auth.uid() AS uid))"
_OWN = "(user_id = ( SELECT auth.uid() AS uid))"
_OWN_NOT_DELETED = f"({_OWN} AND (deleted_at IS NULL))"
_LEFT_OVER = "(created_at < (now() - '7 days'::interval))"
_MINE = "(source = CURRENT_USER)"
_SOLD = "(source = 'lemonsqueezy'::text)"


def _of_own_generation(table: str) -> str:
    return (
        f"(EXISTS ( SELECT FROM generations g WHERE ((g.id = {table}.generation_id) "
        "AND (g.user_id = ( SELECT auth.uid() AS uid)))))"
    )


_TO_USERS = "select to authenticated, gateway using "
_ALL_ROWS = " using true check true"

# table -> policy -> what it says; the policy `owner`, which every table has, stands in the test
POLICIES: dict[str, dict[str, str]] = {
    "artifacts": {
        "own": _TO_USERS + _of_own_generation("artifacts"),
        "work": "all to orchestrator" + _ALL_ROWS,
        "render": "all to imager" + _ALL_ROWS,
        "anonymize": "all to retention" + _ALL_ROWS,
    },
    "concepts": {
        "own": _TO_USERS + _of_own_generation("concepts"),
        "work": "all to orchestrator" + _ALL_ROWS,
        "render": "all to imager" + _ALL_ROWS,
        "anonymize": "all to retention" + _ALL_ROWS,
    },
    "credit_entries": {"own": _TO_USERS + _OWN, "read": "select to billing using true"},
    "credit_policies": {},
    "erased_identities": {},
    "generations": {
        "own": _TO_USERS + _OWN_NOT_DELETED,
        "request": f"insert to gateway check {_OWN}",
        "work": "all to orchestrator" + _ALL_ROWS,
        "read": "select to imager using true",
        "anonymize": "all to retention" + _ALL_ROWS,
    },
    "idempotency_keys": {
        "own_keys": f"all to gateway using {_OWN} check {_OWN}",
        "forget": "all to retention using true",
    },
    "leases": {"lead": "all to billing, orchestrator, retention" + _ALL_ROWS},
    "objects_to_delete": {"sweep": "all to retention" + _ALL_ROWS},
    "outbox": {
        "own_events": f"all to billing, gateway, imager, orchestrator, retention using {_MINE} check {_MINE}",
        "leftovers": f"delete to retention using {_LEFT_OVER}",
        "see_leftovers": f"select to retention using {_LEFT_OVER}",
    },
    "reconciliations": {"work": "all to billing" + _ALL_ROWS},
    "plan_history": {"work": "all to billing" + _ALL_ROWS},
    "purchases": {"work": "all to billing" + _ALL_ROWS},
    "request_buckets": {},
    "retention_runs": {"log": "all to retention" + _ALL_ROWS},
    "subscriptions": {"own": _TO_USERS + _OWN, "work": "all to billing" + _ALL_ROWS},
    "users": {
        "own": _TO_USERS + _ONE_OWN,
        "match": "all to billing" + _ALL_ROWS,
        "forget": "select to retention using (erase_requested_at IS NOT NULL)",
    },
    "vendors": {"calls": "all to imager, orchestrator" + _ALL_ROWS},
    "webhook_events": {
        "work": f"all to billing using {_SOLD} check {_SOLD}",
        "forget": "all to retention using (processed_at IS NOT NULL) check (processed_at IS NOT NULL)",
    },
}

# function -> the roles that may call it
FUNCTIONS: dict[str, set[str]] = {
    "acting_user()": {"gateway"},
    "append_entry(uuid,uuid,integer,text,text,uuid,text)": set(),
    "charge(uuid,uuid,integer)": {"gateway"},
    "delete_generation(uuid)": {"gateway"},
    "grant_credits(uuid,uuid,integer,text,text,text)": {"billing"},
    "hold_generation(uuid)": {"imager"},
    "oldest_unsettled_s()": {"gateway"},
    "place_order(uuid,uuid,text,text,integer,integer,text,bytea,uuid,integer,uuid,text,bytea,text)": {"gateway"},
    "provision_user(uuid,uuid,text)": {"gateway"},
    "refund(uuid,uuid,integer,text)": {"orchestrator"},
    "request_erasure(uuid,text)": {"gateway"},
    "show_generation(uuid,uuid)": {"gateway"},
    "take_back(uuid,text,bigint,bigint)": {"billing"},
    "user_of_email(text)": {"billing"},
    "unlink_entries(uuid[])": {"retention"},
    "erase_user(uuid)": {"retention"},
    "take_request_token(uuid,integer,double precision)": {"gateway"},
    "update_identity(uuid,uuid,text,text,timestamp with time zone)": {"gateway"},
}

# the others run as the owner
RUN_AS_THE_CALLER = {
    "acting_user()",
    "place_order(uuid,uuid,text,text,integer,integer,text,bytea,uuid,integer,uuid,text,bytea,text)",
    "show_generation(uuid,uuid)",
}
