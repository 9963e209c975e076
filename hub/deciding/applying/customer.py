"""What rules change about the customer."""

from __future__ import annotations

from hub.customers import changing
from hub.deciding.applying.scene import Outcome, Scene, actor
from hub.rules.engine.effects import Block, SetAttribute, SetStage, TagCustomer, UntagCustomer


def set_stage(scene: Scene, effect: SetStage) -> Outcome:
    was = changing.set_stage(
        scene.session, scene.conversation.customer_id, effect.stage, actor(effect), scene.now
    )
    if was != effect.stage:
        scene.happened("customer.changed", effect, changed={"stage": [was, effect.stage]})
    return None


def set_attribute(scene: Scene, effect: SetAttribute) -> Outcome:
    changed = changing.set_attribute(
        scene.session, scene.conversation.customer_id, effect.name, effect.value
    )
    if changed:
        scene.happened("customer.changed", effect, changed={"attributes": [effect.name]})
    return None


def tag(scene: Scene, effect: TagCustomer) -> Outcome:
    return _retag(scene, effect, add=effect.tags)


def untag(scene: Scene, effect: UntagCustomer) -> Outcome:
    return _retag(scene, effect, remove=effect.tags)


def _retag(
    scene: Scene,
    effect: TagCustomer | UntagCustomer,
    *,
    add: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
) -> Outcome:
    customer_id = scene.conversation.customer_id
    added, removed = changing.retag(scene.session, customer_id, add=add, remove=remove)
    if added or removed:
        scene.gathering.customer_tags_changed(customer_id, added=added, removed=removed)
        scene.happened("customer.changed", effect, changed={"customer_tags": [removed, added]})
    return None


def block(scene: Scene, effect: Block) -> Outcome:
    customer_id = scene.conversation.customer_id
    if changing.block(scene.session, customer_id, scene.now, by=actor(effect)):
        scene.happened("customer.changed", effect, changed={"blocked": [False, True]})
    return None
