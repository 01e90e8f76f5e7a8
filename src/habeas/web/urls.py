"""Every address. None holds a name: people and cases are random ids."""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import URLPattern, path
from django.views.i18n import set_language

from habeas.web import (
    accounts,
    acts,
    agreements,
    asking,
    case_page,
    cases,
    desk,
    done,
    entry_page,
    errors,
    facilities,
    figures,
    money,
    monitor,
    orders,
    public,
    sheet,
    work,
)

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.fault

urlpatterns: list[URLPattern] = [
    path("", work.home, name="home"),
    path("language/", set_language, name="language"),
    path("work/", work.work, name="work"),
    path("replay/", work.replay, name="replay"),
    path("agreements/", agreements.agreements, name="agreements"),
    path("agreements/compared/", agreements.compared, name="agreements_compared"),
    path("agreements/<str:agreement_id>/", agreements.agreement, name="agreement"),
    path("agreements/<str:agreement_id>/money/", money.money, name="money"),
    path("agreements/<str:agreement_id>/money/<str:case_id>/", money.days, name="money_days"),
    path("agreements/<str:agreement_id>/statement/", money.statement, name="statement"),
    path("agreements/<str:agreement_id>/statements/<str:entry_id>/", money.issued, name="statement_issued"),
    path("agreements/<str:agreement_id>/done/", done.done, name="done"),
    path("agreements/<str:agreement_id>/done/<str:entry_id>/", done.why, name="done_why"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<str:case_id>/", case_page.case, name="case"),
    path("cases/<str:case_id>/sheet/", sheet.page, name="sheet"),
    path("cases/<str:case_id>/do/<slug:act_name>/", acts.on_case, name="case_act"),
    path("cases/<str:case_id>/entries/<str:entry_id>/", entry_page.entry, name="entry"),
    path("cases/<str:case_id>/entries/<str:entry_id>/document/", entry_page.document, name="evidence"),
    path("cases/<str:case_id>/entries/<str:entry_id>/correct/<slug:field_name>/", acts.correct, name="correct"),
    path("claims/", desk.listed_claims, name="claims"),
    path("claims/<str:stream>/", desk.claim, name="claim"),
    path("claims/<str:stream>/do/<slug:act_name>/", desk.act_on_claim, name="claim_act"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<str:order_id>/", orders.order, name="order"),
    path("do/<slug:act_name>/", acts.free, name="act"),
    path("enquiries/", desk.enquiries, name="enquiries"),
    path("enquiries/<str:stream>/", desk.enquiry, name="enquiry"),
    path("enquiries/<str:stream>/do/<slug:act_name>/", desk.act_on_enquiry, name="enquiry_act"),
    path("facilities/", facilities.facilities, name="facilities"),
    path("facilities/<str:code>/", facilities.facility, name="facility"),
    path("figures/", figures.figures, name="figures"),
    path("figures/<str:agreement_id>/", figures.figures_of, name="figures_of"),
    path("figures/<str:agreement_id>/<slug:series_id>.csv", figures.csv_of, name="figures_csv"),
    path("monitor/", monitor.monitor, name="monitor"),
    path("monitor/readings/", monitor.readings_page, name="readings"),
    path("monitor/readings/sealed.txt", monitor.sealed, name="sealed_readings"),
    path("findings/", monitor.findings, name="findings"),
    path("findings/samples/<str:sample_id>/checkpoint", monitor.checkpoint, name="sample_checkpoint"),
    path("findings/samples/<str:sample_id>/tickets.txt", monitor.tickets, name="tickets"),
    path("receipts/<str:entry_id>/", entry_page.receipt, name="receipt"),
    path("receipts/<str:entry_id>/file/", entry_page.receipt_file, name="receipt_file"),
    path("receipts/<str:entry_id>/qr.svg", entry_page.receipt_qr, name="receipt_qr"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/invite-again/", accounts.invite_again, name="invite_again"),
    path("invitation/", accounts.accept, name="invitation"),
    # For everybody, without an account.
    path("ask/", asking.front, name="ask"),
    path("ask/language/", public.language, name="ask_language"),
    path("ask/person/", asking.enquire, name="ask_person"),
    path("ask/order/", asking.order, name="ask_order"),
    path("ask/word/", asking.word, name="ask_word"),
    path("ask/word/receipt/", asking.word_receipt, name="ask_word_receipt"),
    path("ask/claim/", asking.claim, name="ask_claim"),
    path("ask/answer/", asking.answer, name="ask_answer"),
    path("ask/receipt/", asking.receipt, name="ask_receipt"),
    # Signing in (allauth). Its pages for signing up and for e-mail are not served.
    path("account/sign-in/", account.login, name="account_login"),
    path("account/sign-out/", account.logout, name="account_logout"),
    path("account/ended/", account.account_inactive, name="account_inactive"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/by-invitation/", accounts.cannot_sign_in, name="account_signup"),
    path("account/cannot-sign-in/", accounts.cannot_sign_in, name="account_reset_password"),
    path("account/second-factor/", factor.index, name="mfa_index"),
    path("account/second-factor/code/", factor.authenticate, name="mfa_authenticate"),
    path("account/second-factor/confirm/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("account/second-factor/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/second-factor/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/second-factor/recovery/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/second-factor/recovery/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/second-factor/recovery/file/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
]
