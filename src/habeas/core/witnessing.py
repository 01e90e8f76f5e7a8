"""Which acts bind a state, and by when outsiders must have seen them. They take effect when recorded: no witness can
hold up a release, a return or a claim."""

from datetime import timedelta

from habeas.core.entries import asking, claims, custody, erasure, institutions, kind_of, money, orders, procedure

BINDING: frozenset[str] = frozenset(
    map(
        kind_of,
        (
            *(procedure.Decided, procedure.DecisionServed, procedure.TransferAccepted, procedure.TransferDeclined),
            *(custody.DeparturePermitted, custody.HandoverOffered, custody.HandoverAccepted, custody.HandoverRefused),
            *(custody.RefusedAtDoor, custody.ReturnDue, custody.Released, custody.Returned, custody.TransferredOn),
            *(institutions.AgreementAdopted, institutions.StayOrderIssued, institutions.StayOrderLifted),
            *(orders.OrderConfirmed, orders.OrderRejected, claims.ClaimAnswered, claims.ClaimDecided),
            *(asking.EnquiryAnswered, asking.EnquiryRejected, money.StatementIssued),
            *(erasure.ErasureAgreed, erasure.CaseErased),
        ),
    )
)
"""The kinds of entries by which a state binds itself, or is bound; those that an officer signs are among them
(`core.permissions.BINDING`)."""

WITNESSED_WITHIN = timedelta(hours=24)
"""From its record on, until enough witnesses have cosigned a checkpoint that holds it."""

FRESH_FOR = timedelta(hours=2)
"""The newest checkpoint is put to every witness each hour: a view that is older is late."""
