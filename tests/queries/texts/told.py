"""Complaints that tell something."""

from dataclasses import replace
from datetime import datetime

from queries.intake.facts import Batch, Customer, NewComplaint
from tests.build import MONDAY, complaint

SPEED, CHARGES, THREAT = "网速太慢", "重复扣费,请退款", "断网了,我去工信部投诉"


def said(
    number: str, body: str, received: datetime = MONDAY, customer: str | None = None, **given: str
) -> Batch:
    made = complaint(number, received, **given)
    told = NewComplaint(number, received, None, body, customer)
    return replace(made, complaints=[told], customers=[Customer(customer)] if customer else [])
