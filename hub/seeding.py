"""What every installation has from its first start: a brand, a front desk, rules and templates."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session

from hub.organisation import MAIN_BRAND
from hub.replies import template_files
from hub.replies.revisions import seed_templates
from hub.routing.sla.promising import seed_policies
from hub.rules.engine import FRONT_DESK
from hub.rules.load import FileFault, rule_files
from hub.rules.revisions import seed_rules
from hub.rules.segments import FILE as SEGMENTS
from hub.rules.segments import seed_segments
from hub.settings import Settings
from hub.store.statements import insert_new, table_of
from hub.store.tables import Brand, Team
from hub.store.types import new_id

FRONT_DESK_NAME = {"en": "Front desk", "fa": "پذیرش"}


def seed(
    session: Session, settings: Settings, config: Path, templates: Path, now: datetime
) -> tuple[FileFault, ...]:
    """Bring the database up to what ships; what somebody edited stays. Safe to run again.

    Gives what is wrong with the rule files; those rules are unavailable.
    """
    insert_new(
        session,
        Brand,
        [
            {
                "id": new_id(),
                "slug": MAIN_BRAND,
                "sender_name": {},
            }
        ],
        ["id"],
    )
    brand = table_of(Brand)
    brand_id = session.execute(select(brand.c.id).where(brand.c.slug == MAIN_BRAND)).scalar_one()
    insert_new(
        session,
        Team,
        [
            {
                "id": new_id(),
                "brand_id": brand_id,
                "slug": FRONT_DESK,
                "name": FRONT_DESK_NAME,
                "restricted": False,
            }
        ],
        ["id"],
    )
    seed_policies(session, config / "sla.yaml", now)
    seed_templates(session, template_files(templates / "replies"), now)
    segments = (config / SEGMENTS).read_text(encoding="utf-8-sig")
    return (
        *seed_rules(session, rule_files(config / "rules"), now).faults,
        *seed_segments(session, segments, now),
    )
