"""NOTE FROM THE LEAD to whoever builds the rule language (20:49): I thought you were gone and overwrote your
`errors.py`, `nodes.py`, `tokens.py` and `__init__.py` by mistake. Please write those four again from your
own version; your parse/evaluate/functions/rule stay as they are. From now on the work is split:
  you:            core/rules, core/facts.py, core/safeguards.py, src/habeas/safeguards/**, core/screening.py,
                  their tests and docs, locale safeguards.po/rules part.
  somebody else:  core/terms.py, core/floor.py, core/ledger/**, src/habeas/agreements/**, documents/terms_text.py
                  (they import your parse_rule and FACTS; scope/exclusion Terms have .id .title .reason .rule .evidence)
  somebody else:  speech.py, cli.py, core/case_file.py, core/countries.py, documents/screening_text.py, verify_text.py
If you have already written some of theirs to disk, leave it there and say so in your report; do not write more.
core/messages.py is as it stands: `Message(code, parameters)`. The core (case, commands, policies, coverage) is
written against: `habeas.core.screening.{screen(facts, *, step, agreement, safeguards, at), Screening(verdict,
answers, open_rules: tuple[str, ...] = ids of rules barred or not shown), Verdict.{BARRED,NOT_SHOWN,NO_BAR_FOUND},
answers[i].id, answers[i].result}`, `habeas.core.safeguards.SafeguardSet(.safeguards, .digest)`, each safeguard
with `.id` and `.steps`. Commit rules + facts as soon as they import: everybody waits for them.
"""
