// Made from /openapi.json: BW_BINARY=PROGRAM npm run types. Types alone, no code.

export interface paths {
    "/v1/sessions": {
        /** The caller's sessions, the one used last first: their devices. */
        get: operations["list_sessions"];
        /**
         * Sign in with user name and password at the institution's host name; the answer is an access token, and a refresh token that renews it.
         * @description Needs no token, but an institution's own host name.
         */
        post: operations["sign_in"];
        /** End all of the caller's sessions, this one too. */
        delete: operations["end_sessions"];
    };
    "/v1/sessions/refresh": {
        /**
         * A new access token for a refresh token, which is used up by it: keep the one in the answer. The same one again within half a minute gives the same successor; later, its session ends.
         * @description Needs no token, but an institution's own host name.
         */
        post: operations["refresh_session"];
    };
    "/v1/sessions/current": {
        /** What the access token says; answered from memory. */
        get: operations["get_session"];
        /** Sign out: this session's tokens end, and its cookies go. */
        delete: operations["sign_out"];
    };
    "/v1/sessions/{session_id}": {
        /** End one of the caller's sessions: a device that was lost or shared. */
        delete: operations["end_session"];
    };
    "/v1/bells": {
        /** The bells that were declared, in their order; those that follow from the timetable are not among them (get_next_bell). */
        get: operations["list_bells"];
        /** Say when many will come: whoever is signed in renews ahead of it, and no access token ends while it lasts. One of the same moment is changed. */
        post: operations["put_bell"];
    };
    "/v1/bells/{bell_id}": {
        /** Expect nobody then. */
        delete: operations["remove_bell"];
    };
    "/v1/sign-in-policy": {
        /** What the institution asks of its people when they sign in (administrators); its ETag is needed to change it. */
        get: operations["get_sign_in_policy"];
        /** Change it; what is left out stays. It counts for sign-ins from then on. */
        patch: operations["change_sign_in_policy"];
    };
    "/v1/sessions/second-factor": {
        /**
         * The second half of a sign-in that answered `second_factor_required`.
         * @description Needs no token, but an institution's own host name.
         */
        post: operations["finish_sign_in"];
    };
    "/v1/sessions/second-factor/enrolment": {
        /**
         * A second factor for who must have one and has none: the secret that the second half of the sign-in then wants a code of.
         * @description Needs no token, but an institution's own host name.
         */
        post: operations["enrol_at_sign_in"];
    };
    "/v1/me/second-factor": {
        /** Whether the caller has a second factor (staff). */
        get: operations["get_second_factor"];
        /** A secret for an authenticator app; it counts once a code of it was shown. The session must have begun less than ten minutes ago. */
        post: operations["begin_second_factor"];
    };
    "/v1/me/second-factor/confirmation": {
        /** Show a code of the secret: sign-ins want one from now on. The session must have begun less than ten minutes ago. */
        post: operations["confirm_second_factor"];
    };
    "/v1/me/second-factor/removal": {
        /** Do without it again, by a code of it or a recovery code. The session must have begun less than ten minutes ago. */
        post: operations["remove_second_factor"];
    };
    "/v1/users/{user_id}/sign-in-delay": {
        /** Let somebody try again at once after too many failed attempts: a student of the caller's classes, or for administrators anybody. */
        delete: operations["lift_sign_in_delay"];
    };
    "/v1/users/{user_id}/second-factor": {
        /** Take away a colleague's second factor: the device is lost, and the recovery codes too (administrators). */
        delete: operations["reset_second_factor"];
    };
    "/v1/me": {
        /** Who the access token says the caller is. */
        get: operations["get_me"];
    };
    "/.well-known/jwks.json": {
        /** Public keys that access tokens verify under: those to come, the one that signs, and those that have signed what is still good. */
        get: operations["list_token_keys"];
    };
    "/v1/sign-in-methods": {
        /**
         * How people of this institution may sign in: what a sign-in page shows.
         * @description Needs no token, but an institution's own host name.
         */
        get: operations["list_sign_in_methods"];
    };
    "/v1/federation/{provider_id}/start": {
        /**
         * For browsers: on to the provider, which sends them back to the callback.
         * @description Needs no token, but an institution's own host name.
         */
        get: operations["start_federation"];
    };
    "/v1/federation/{provider_id}/callback": {
        /**
         * For browsers that the provider sends back: signs in, or adds the identity.
         * @description Needs no token, but an institution's own host name.
         */
        get: operations["finish_federation"];
    };
    "/v1/federation/sessions": {
        /**
         * Tokens for a `federation_code`, once, within a minute.
         * @description Needs no token, but an institution's own host name.
         */
        post: operations["exchange_federation_code"];
    };
    "/v1/identity-providers": {
        /** Where the institution's people may sign in (administrators). */
        get: operations["list_identity_providers"];
        /** Add a provider; register its `redirect_uri` there. */
        post: operations["create_identity_provider"];
    };
    "/v1/identity-providers/{provider_id}": {
        /** One provider; its ETag is needed to change or remove it. Its secret is never shown. */
        get: operations["get_identity_provider"];
        /** Describe a provider anew. Without `client_secret` the one that is kept stays. */
        put: operations["change_identity_provider"];
        /** Remove a provider, and with it who people are there. */
        delete: operations["delete_identity_provider"];
    };
    "/v1/me/identities": {
        /** Who the caller is at identity providers. */
        get: operations["list_identities"];
        /** Begin to add an identity: send the browser that called to `authorization_url`. The session must have begun less than ten minutes ago. */
        post: operations["link_identity"];
    };
    "/v1/me/identities/{identity_id}": {
        /** Take an identity away from the caller's account. */
        delete: operations["unlink_identity"];
    };
    "/v1/me/password": {
        /** Change one's own password. It ends all of the caller's sessions, everywhere, and begins a new one here: the answer has its tokens. */
        put: operations["change_password"];
    };
    "/v1/password-resets": {
        /**
         * Have a link sent to the mail address that the roster has for a person. The answer is the same whether there is such a person, or an address.
         * @description Needs no token, but an institution's own host name.
         */
        post: operations["ask_password_reset"];
    };
    "/v1/passwords": {
        /**
         * Choose a password with a link's token, or with one's name and a code (a card's or a class's). It ends all of the person's sessions, and uses the link or code up.
         * @description Needs no token, but an institution's own host name.
         */
        post: operations["choose_password"];
    };
    "/v1/password-policy": {
        /** What the institution asks of passwords. */
        get: operations["get_password_policy"];
        /** Set what the institution asks of passwords (administrators). Passwords that there are stay as they are. */
        patch: operations["change_password_policy"];
    };
    "/v1/invitations": {
        /** Invitations and what became of them, the newest first (administrators). */
        get: operations["list_invitations"];
        /** Send links to people who have no password yet, by mail (administrators). Who has an open one gets no second. */
        post: operations["invite"];
    };
    "/v1/invitations/{invitation_id}/resend": {
        /** Invite the same person again, whatever became of the first (administrators). The old link ends. */
        post: operations["resend_invitation"];
    };
    "/v1/invitations/{invitation_id}": {
        /** Take an open invitation back (administrators). */
        delete: operations["revoke_invitation"];
    };
    "/v1/sections/{section_id}/accounts": {
        /** The section's students, and whether they can sign in (its teachers). */
        get: operations["list_section_accounts"];
    };
    "/v1/sections/{section_id}/class-code": {
        /** The section's latest class code without the code: who has used it, and whether anybody tried it on others (its teachers). */
        get: operations["get_class_code"];
        /** A short code for the board: with it and their user name, the students whom it is for choose a password each, once. The older one ends (the section's teachers). */
        post: operations["make_class_code"];
        /** End the section's class code before its time (its teachers). */
        delete: operations["end_class_code"];
    };
    "/v1/sections/{section_id}/cards": {
        /** A card for each of these students: a code of their own, good once, with which they choose a password. Older cards of theirs end (the section's teachers). */
        post: operations["make_cards"];
    };
    "/v1/sections/{section_id}/cards/page": {
        /** The same as a page to be printed on A4, with QR codes. */
        post: operations["make_cards_page"];
    };
    "/v1/sections/{section_id}/sessions": {
        /** Sign the section's students out: of everything, or of the devices that they share (its teachers). */
        delete: operations["end_section_sessions"];
    };
    "/v1/submissions": {
        /** Hand in a submission; the answer is its receipt. */
        post: operations["submit"];
    };
    "/v1/activity": {
        /** Say what the signed-in person opened, for reports of engagement. */
        post: operations["send_activity"];
    };
    "/.well-known/receipt-keys.json": {
        /** Public keys that receipts verify under, past ones too. */
        get: operations["list_receipt_keys"];
    };
    "/.well-known/journal-heads.json": {
        /** The latest signed head of each journal that is kept here. */
        get: operations["list_journal_heads"];
    };
    "/v1/journals/{epoch}/consistency": {
        /** Proof that a head, such as a receipt's, is the beginning of the latest. */
        get: operations["prove_consistency"];
    };
    "/v1/assignments": {
        /** Assignments of the caller's sections, by due instant. */
        get: operations["list_assignments"];
    };
    "/v1/assignments/{assignment_id}": {
        /** One assignment; its ETag is needed to change it. */
        get: operations["get_assignment"];
        /** Withdraw an assignment (its section's teachers): nobody sees it but they, and what comes from now on is refused. What was handed in stays. */
        delete: operations["withdraw_assignment"];
        /** Set an assignment's title, instructions or rules, such as its due instant, or take its withdrawal back (its section's teachers). */
        patch: operations["change_assignment"];
    };
    "/v1/sections/{section_id}/assignments": {
        /** Set a section an assignment (its teachers). */
        post: operations["make_assignment"];
    };
    "/v1/assignments/{assignment_id}/extensions": {
        /** Who may hand in longer or more often (the section's teachers). */
        get: operations["list_extensions"];
    };
    "/v1/assignments/{assignment_id}/extensions/{grantee}": {
        /** One extension; its ETag is needed to change or revoke it. */
        get: operations["get_extension"];
        /** Give a student or the whole section more time, or more attempts. */
        put: operations["give_extension"];
        /** Take an extension back; what was recorded under it stays recorded. */
        delete: operations["revoke_extension"];
    };
    "/v1/assignments/{assignment_id}/submissions": {
        /** Recorded submissions: one's own, or all for the section's teachers. */
        get: operations["list_submissions"];
    };
    "/v1/submissions/{submission_id}": {
        /** What became of a submission, with its receipt. */
        get: operations["get_submission"];
    };
    "/v1/activity-policy": {
        /** Does the institution want page views and openings kept? Its ETag is needed to change it. */
        get: operations["get_activity_policy"];
        /** Say whether page views and openings are kept (administrators). */
        put: operations["change_activity_policy"];
    };
    "/v1/outages": {
        /** When the platform was away, and what was given back for it (staff). */
        get: operations["list_outages"];
    };
    "/v1/forecast": {
        /** What load is expected of this institution, how sure that is, and how wrong it was lately (administrators). */
        get: operations["get_forecast"];
    };
    "/v1/deadline-load": {
        /** What a due instant would collide with, and the calmer slot nearby (the section's teachers). */
        get: operations["get_deadline_load"];
    };
    "/v1/jobs": {
        /** The institution's jobs that have not ended, or those that have. */
        get: operations["list_jobs"];
    };
    "/v1/jobs/{job_id}": {
        /** One job; while it waits, how many go before and when it will be done. */
        get: operations["get_job"];
    };
    "/v1/jobs/{job_id}/retry": {
        /** Do a job now that waits for later, or that nobody tries any more. */
        post: operations["retry_job"];
    };
    "/v1/jobs/{job_id}/cancel": {
        /** End a job. One that runs is told to end. */
        post: operations["cancel_job"];
    };
    "/v1/job-backlog": {
        /** What waits, by kind: how many, since when, until when. */
        get: operations["get_job_backlog"];
    };
    "/v1/dead-letters": {
        /** Jobs that nobody tries any more, counted by kind and reason. */
        get: operations["list_dead_letters"];
    };
    "/v1/dead-letters/redrive": {
        /** Bring dead letters back, spread as wanted; with `dry_run`: say which. */
        post: operations["redrive_dead_letters"];
    };
    "/v1/uploads": {
        /** One's own uploads, the newest first, and the room that they take up. */
        get: operations["list_uploads"];
        /** Begin an upload (tus 1.0.0), with its first bytes or without. */
        post: operations["create_upload"];
    };
    "/v1/uploads/{upload_id}": {
        /** How an upload stands. By HEAD: and whoever else is writing to it ends; 404, too, of one that was refused. */
        get: operations["get_upload"];
        /** Remove an upload and its bytes. */
        delete: operations["remove_upload"];
        /** Send more of an upload; what has come counts, also if the connection breaks. */
        patch: operations["append_upload"];
    };
    "/v1/uploads/{upload_id}/parts": {
        /** Which parts of an upload the store has: the others are to be sent. */
        get: operations["list_upload_parts"];
        /** URLs to PUT parts of an upload to, straight to the store, for a quarter of an hour. Whoever else is writing to it ends. */
        post: operations["sign_upload_parts"];
    };
    "/v1/uploads/{upload_id}/parts:complete": {
        /** Make the upload of its parts, and look at its hash. Again: the same. */
        post: operations["complete_upload_parts"];
    };
    "/v1/uploads/{upload_id}/link": {
        /** A link to the file, for a quarter of an hour. */
        post: operations["make_file_link"];
    };
    "/v1/files/{upload_id}": {
        /**
         * A file, by its link; `Range` and `If-Range` are understood.
         * @description Needs no token, but an institution's own host name.
         */
        get: operations["download_file"];
    };
    "/v1/institution": {
        /**
         * What the institution is called and how it looks: for its sign-in page, and for every other.
         * @description Needs no token, but an institution's own host name.
         */
        get: operations["get_institution"];
    };
    "/v1/institution/logo": {
        /**
         * Its logo, if it has one: `logo_url` leads here.
         * @description Needs no token, but an institution's own host name.
         */
        get: operations["get_institution_logo"];
        /** Put up a logo: a PNG or WebP picture that stands still, of at most 64 KiB and 1024 x 1024 points. What else is in it (texts, places) is left out. */
        put: operations["put_institution_logo"];
        /** Take the logo down. */
        delete: operations["remove_institution_logo"];
    };
    "/v1/institution/branding": {
        /** How the institution looks (administrators); the ETag is needed to change it. */
        get: operations["get_branding"];
        /** Choose a short name and an accent colour; null: as everybody's. The logo stays. */
        put: operations["change_branding"];
    };
    "/v1/users": {
        /** The institution's people by name, or those whose names begin with what was typed (administrators). */
        get: operations["list_users"];
    };
    "/v1/users/{user_id}": {
        /** Somebody: what makes them what they are, their sections, whether they can sign in (administrators). */
        get: operations["get_user"];
    };
    "/v1/users/{user_id}/roles": {
        /** Make somebody an administrator, or take that away again (administrators). Everything else that people are is the roster's to say. */
        put: operations["set_user_roles"];
    };
    "/v1/sections": {
        /** The sections that the caller teaches or attends today, all on one page; or, for administrators, the institution's, page by page. By title. */
        get: operations["list_sections"];
    };
    "/v1/sections/{section_id}": {
        /** A section: its course, school and terms, and what the caller is in it. */
        get: operations["get_section"];
    };
    "/v1/sections/{section_id}/people": {
        /** Who is in it today, by name: for its teachers and administrators everybody, for its students those who teach it. */
        get: operations["list_section_people"];
    };
    "/v1/roster-imports": {
        /** Imports, the newest first, those from the command line among them (administrators). */
        get: operations["list_roster_imports"];
        /** Have a package checked that was uploaded: a plan is made of what it would change, and nothing is changed (administrators). */
        post: operations["create_roster_import"];
    };
    "/v1/roster-imports/{import_id}": {
        /** An import: how far it is, what it would change, what is wrong. The ETag of a plan is needed to apply it. */
        get: operations["get_roster_import"];
    };
    "/v1/roster-imports/{import_id}/apply": {
        /** Apply the plan that was looked at, all of it or nothing. */
        post: operations["apply_roster_import"];
    };
    "/v1/roster-imports/{import_id}/cancel": {
        /** End an import that was not applied yet; nothing of it stays. */
        post: operations["cancel_roster_import"];
    };
    "/v1/assignments/{assignment_id}/marking": {
        /** How the assignment is marked (its section's teachers). */
        get: operations["get_marking"];
        /** Say how the assignment is marked. Each change makes a version; marks keep the one that they were given by (the section's teachers). */
        put: operations["set_marking"];
    };
    "/v1/assignments/{assignment_id}/marking:open-identities": {
        /** Tell markers whose works they mark, before everything is released (administrators). */
        post: operations["open_identities"];
    };
    "/v1/assignments/{assignment_id}/works": {
        /** What there is to mark, under pseudonyms: each student's work, also theirs who handed nothing in (the section's teachers). */
        get: operations["list_works"];
    };
    "/v1/assignments/{assignment_id}/works/{work_id}": {
        /** One work with what was handed in and the marks that the caller may see (the section's teachers). */
        get: operations["get_work"];
    };
    "/v1/assignments/{assignment_id}/works/{work_id}/mark": {
        /** The mark that the caller may change; its ETag is needed for it. */
        get: operations["get_mark"];
        /** Save the caller's mark of the work, as a draft or done. 412 and 428 say in `standing` what stands, so nothing is lost (the section's teachers). */
        put: operations["save_mark"];
    };
    "/v1/assignments/{assignment_id}/works/{work_id}/agreed-mark": {
        /** What was agreed on where two marks differ. */
        get: operations["get_agreed_mark"];
        /** Settle what two markers differ on, once both are done (the section's teachers). */
        put: operations["save_agreed_mark"];
    };
    "/v1/assignments/{assignment_id}/marking:mark-automatically": {
        /** Mark what was handed in by the answer key; again it changes nothing. Nothing is released by it (the section's teachers). */
        post: operations["mark_automatically"];
    };
    "/v1/assignments/{assignment_id}/marking:regrade": {
        /** Bring all marks up to the scheme in force: a dry run tells whose result would change. Nothing is released by it (the section's teachers). */
        post: operations["regrade_assignment"];
    };
    "/v1/assignments/{assignment_id}/grade": {
        /** The caller's own result, once it was released. */
        get: operations["get_own_grade"];
    };
    "/v1/grades": {
        /** The caller's own results over all assignments, as they were released. */
        get: operations["list_own_grades"];
    };
    "/v1/assignments/{assignment_id}/works/{work_id}/grades": {
        /** All that was ever released of a work, and why it changed (the section's teachers). */
        get: operations["list_grades"];
    };
    "/v1/assignments/{assignment_id}/grades:release": {
        /** Release the results of the named works, or of all that are ready, in one transaction (the section's teachers). */
        post: operations["release_grades"];
    };
    "/v1/assignments/{assignment_id}/regrade-requests": {
        /** What students ask about their grades, in the order in which it came (the section's teachers). */
        get: operations["list_regrade_requests"];
        /** Ask that one's own grade be looked at again: once for each, while the assignment allows it. */
        post: operations["ask_regrade"];
    };
    "/v1/regrade-requests/{regrade_id}/withdrawal": {
        /** Take one's own request back. */
        post: operations["withdraw_regrade"];
    };
    "/v1/regrade-requests/{regrade_id}/decision": {
        /** Uphold the grade, or release the changed result, with an answer to the student (the section's teachers). */
        post: operations["decide_regrade"];
    };
    "/v1/notices": {
        /** What the caller was told, the newest first, and how much is unread. */
        get: operations["list_notices"];
    };
    "/v1/notices/read": {
        /** Note that the caller has read the named notices, or one and all that are older. */
        post: operations["read_notices"];
    };
    "/v1/notice-policy": {
        /** What the institution wants told by mail; its ETag is needed to change it. */
        get: operations["get_notice_policy"];
        /** Say what students are told by mail (administrators). */
        put: operations["change_notice_policy"];
    };
    "/v1/events": {
        /** The caller's notices as they come (server-sent events): `ready` once it is caught up, then one event for each notice, named by its kind; `end` when the token is over. */
        get: operations["watch_events"];
    };
    "/v1/sections/{section_id}/page": {
        /** A section as the caller sees it: its newest announcements, its materials with links to their files, what is due. */
        get: operations["get_section_page"];
    };
    "/v1/sections/{section_id}/materials": {
        /** Put a file, a link or a video at the end of a section's page (its teachers). */
        post: operations["add_material"];
    };
    "/v1/materials/{material_id}": {
        /** One material; its ETag is needed to change it. */
        get: operations["get_material"];
        /** Take a material off the page (its section's teachers). Its upload is its owner's again, and expires. */
        delete: operations["remove_material"];
        /** Change, publish or move a material (its section's teachers). */
        patch: operations["change_material"];
    };
    "/v1/materials/{material_id}/file": {
        /**
         * A material's file, by the link in its section's page, while students see it there; `Range` and `If-Range` are understood.
         * @description Needs no token, but an institution's own host name.
         */
        get: operations["download_material"];
    };
    "/v1/materials/{material_id}/draft": {
        /**
         * The same by the link that a teacher was given, also of a draft.
         * @description Needs no token, but an institution's own host name.
         */
        get: operations["download_draft"];
    };
    "/v1/sections/{section_id}/announcements": {
        /** What a section was told, the newest first. */
        get: operations["list_announcements"];
        /** Tell a section's students something (its teachers): each gets a notice, and a mail where the institution wants it. */
        post: operations["announce"];
    };
    "/v1/announcements/{announcement_id}": {
        /** One announcement; its ETag is needed to change it. */
        get: operations["get_announcement"];
        /** Take an announcement back, with its notices (its section's teachers). */
        delete: operations["withdraw_announcement"];
        /** Change an announcement (its section's teachers); nobody is told again. */
        patch: operations["change_announcement"];
    };
    "/v1/report-exports": {
        /** The caller's exports, the newest first. */
        get: operations["list_report_exports"];
        /** Have a report written into a file (teachers, administrators). */
        post: operations["create_report_export"];
    };
    "/v1/report-exports/{export_id}": {
        /** An export: how far it is, and what was written. */
        get: operations["get_report_export"];
        /** Remove an export that has ended, and its file. */
        delete: operations["remove_report_export"];
    };
    "/v1/report-exports/{export_id}/cancel": {
        /** End an export that has not ended; nothing of it stays. */
        post: operations["cancel_report_export"];
    };
    "/v1/report-exports/{export_id}/link": {
        /** A link to the file, for a quarter of an hour. */
        post: operations["make_report_export_link"];
    };
    "/v1/report-exports/{export_id}/file": {
        /**
         * The file, by its link; `Range` and `If-Range` are understood.
         * @description Needs no token, but an institution's own host name.
         */
        get: operations["download_report_export"];
    };
    "/v1/first-page": {
        /** What the caller's first page shows, in one answer: from memory, if it was prepared and nothing has changed. */
        get: operations["get_first_page"];
    };
    "/v1/timetable": {
        /** Bell schedules, the days on which they ring, terms and exceptions; its ETag is needed to change it. */
        get: operations["get_timetable"];
        /** Change the parts that are sent, each as a whole (administrators). A timetable with a fault is refused, and the one before stays. The first one has the ETag "0". */
        patch: operations["change_timetable"];
    };
    "/v1/timetable/conflicts": {
        /** Teachers, rooms, sections and groups of students that would be in two places at once (administrators). */
        get: operations["list_timetable_conflicts"];
    };
    "/v1/timetable/generation": {
        /** Make a plausible timetable for all sections of the roster, to start from (administrators): seven periods from Monday to Friday in the roster's terms. */
        post: operations["generate_timetable"];
    };
    "/v1/timetable/tables/{table}": {
        /** A table of the timetable as CSV (administrators). */
        get: operations["export_timetable_table"];
        /** Put a CSV table in the place of the one before (administrators): the same file twice changes nothing the second time. Faults name line and column. */
        put: operations["replace_timetable_table"];
    };
    "/v1/timetable/holidays": {
        /** Take whole days of an iCalendar as holidays (administrators). Days that are something else already stay so. */
        post: operations["import_holidays"];
    };
    "/v1/lessons": {
        /** The timetable's lessons (staff). */
        get: operations["list_lessons"];
        /** Put a section into a period of the week (administrators). */
        post: operations["add_lesson"];
    };
    "/v1/lessons/{lesson_id}": {
        /** One lesson (staff); its ETag is needed to change it. */
        get: operations["get_lesson"];
        /** Take a lesson out of the timetable (administrators). */
        delete: operations["remove_lesson"];
        /** Change a lesson for good (administrators). */
        patch: operations["change_lesson"];
    };
    "/v1/lessons/{lesson_id}/days/{date}": {
        /** Cancel a lesson on one day, or give it another teacher, room or both (administrators). It takes the place of what was said of that day before; what is missing or null is as usual. */
        put: operations["change_lesson_on_day"];
        /** Let a lesson take place as usual on that day (administrators). */
        delete: operations["restore_lesson_on_day"];
    };
    "/v1/today": {
        /** The caller's day at the institution: lessons in order, with substitutions. */
        get: operations["get_today"];
    };
    "/v1/next-bell": {
        /** When the next period begins at the institution, and the caller's next lesson. */
        get: operations["get_next_bell"];
    };
    "/v1/occurrences": {
        /** The caller's lessons that begin in a window of time; those that were cancelled one by one are marked. */
        get: operations["list_occurrences"];
    };
    "/v1/timetable/day": {
        /** All lessons of the institution on one day, in order, with what is different on it (administrators). */
        get: operations["get_school_day"];
    };
    "/v1/calendar-feeds": {
        /** The caller's calendar feeds, without their addresses. */
        get: operations["list_calendar_feeds"];
        /** An address at which a calendar program reads the caller's lessons, without a password; it can be revoked. */
        post: operations["make_calendar_feed"];
    };
    "/v1/calendar-feeds/{feed_id}": {
        /** Nobody reads at that address any more. */
        delete: operations["revoke_calendar_feed"];
    };
    "/v1/calendars/{address}": {
        /**
         * A person's lessons of the last two weeks and the next four months as iCalendar (RFC 5545), for whoever knows the address.
         * @description Needs no token, but an institution's own host name.
         */
        get: operations["read_calendar_feed"];
    };
    "/v1/assignments/{assignment_id}/similarity": {
        /** Which texts handed in to an assignment have much in common (its section's teachers). */
        get: operations["get_assignment_similarity"];
        /** Have an assignment's texts compared, or no longer. */
        put: operations["set_assignment_similarity"];
    };
    "/v1/submission-files/{file_id}/link": {
        /** A link to a file that was handed in, for a quarter of an hour: for its student and the section's teachers. */
        post: operations["make_submission_file_link"];
    };
    "/v1/submission-files/{file_id}": {
        /**
         * A file that was handed in, by its link; `Range` and `If-Range` are understood.
         * @description Needs no token, but an institution's own host name.
         */
        get: operations["download_submission_file"];
    };
    "/v1/submissions/{submission_id}/similarity": {
        /** Which passages of a submission stand in others too (its section's teachers). */
        get: operations["get_submission_similarity"];
    };
    "/v1/lessons/{lesson_id}/live": {
        /** How a lesson is held live (its teachers, administrators). */
        get: operations["get_live_lesson"];
        /** Hold a lesson live from now on (its teachers, administrators). The same again changes nothing. */
        put: operations["put_live_lesson"];
        /** Hold a lesson live no longer; its classes to come are cancelled (its teachers, administrators). */
        delete: operations["end_live_lesson"];
    };
    "/v1/live-classes": {
        /** The caller's live classes: that they attend or teach. */
        get: operations["list_live_classes"];
    };
    "/v1/live-classes/{live_class_id}": {
        /** A live class, for its people; for whoever teaches it, how ready it is. */
        get: operations["get_live_class"];
    };
    "/v1/live-classes/{live_class_id}/removed/{user_id}": {
        /** Put somebody out of a live class: they get no URL and no grant any more (its teachers, administrators). */
        put: operations["put_out_of_live_class"];
        /** Let somebody into a live class again (its teachers, administrators). */
        delete: operations["let_into_live_class"];
    };
    "/v1/live-classes/{live_class_id}/join": {
        /** Everything that the caller needs to be in the class. Again at `renew_at`: the same call renews. */
        post: operations["join_live_class"];
    };
    "/v1/live-publishing": {
        /** For nginx-rtmp's on_publish and on_publish_done: may whoever has this stream key send the picture of its class now? */
        post: operations["ask_to_publish"];
    };
    "/v1/live-classes/{live_class_id}/heartbeats": {
        /**
         * What a player saw of the class since it got its token, every `every_ms`, and once more when it ends. Keep the first join's token until then.
         * @description Needs no token, but an institution's own host name.
         */
        post: operations["send_heartbeat"];
    };
    "/v1/live-classes/{live_class_id}/attendance": {
        /** Who watched a live class, for how long: for its teachers and administrators everybody of its section, for students their own line. */
        get: operations["list_live_attendance"];
    };
    "/v1/live-classes/{live_class_id}/recording": {
        /** A live class's recording, with an address to watch it, for its people. */
        get: operations["get_live_class_recording"];
    };
    "/v1/recordings/{recording_id}": {
        /** A recording, with an address to watch it, for its section's people. */
        get: operations["get_recording"];
        /** Remove a recording, or end its making (its section's teachers). */
        delete: operations["remove_recording"];
        /** Hide, show or rename a recording (its section's teachers). */
        patch: operations["change_recording"];
    };
    "/v1/sections/{section_id}/recordings": {
        /** What a section has to watch at any time, the newest first. */
        get: operations["list_recordings"];
        /** Make an upload into a video that the section watches (its teachers). Again, while it is being made: the same. */
        post: operations["add_recording"];
    };
    "/v1/recorded/{tenant_id}/{recording_id}/{object}": {
        /** For the origin of our own edges: a recording's master playlist. */
        get: operations["read_recorded_playlist"];
    };
    "/v1/recorded/{tenant_id}/{recording_id}/{rung}/{object}": {
        /** For the origin of our own edges: a rung's playlist or segment. */
        get: operations["read_recorded_object"];
    };
    "/v1/reports": {
        /** The reports that the caller may read, with what each takes and gives */
        get: operations["list_reports"];
    };
    "/v1/reports/{report}": {
        /** A report: its lines, and as of when they are so */
        get: operations["get_report"];
    };
    "/v1/operator/tenants": {
        /** Institutions, in the order of their ids. */
        get: operations["list_tenants"];
        /** Make an institution; it is served within a second or two. */
        post: operations["create_tenant"];
    };
    "/v1/operator/tenants/{tenant_id}": {
        /** One institution; its ETag is needed to change it. */
        get: operations["get_tenant"];
        /** Change an institution's names, hosts, zone, locale or quotas. */
        patch: operations["change_tenant"];
    };
    "/v1/operator/tenants/{tenant_id}/suspend": {
        /** Serve an institution no more; everything it has is kept, and what was acknowledged is still recorded. */
        post: operations["suspend_tenant"];
    };
    "/v1/operator/tenants/{tenant_id}/resume": {
        /** Serve a suspended institution again. */
        post: operations["resume_tenant"];
    };
    "/v1/operator/events": {
        /** What operators did to institutions, operator tokens and signing keys, the newest first. */
        get: operations["list_operator_events"];
    };
    "/v1/operator/outages": {
        /** Which services work, and when none did. */
        get: operations["list_all_outages"];
        /** Something in front of us was away, or one of more than a day is to be given back: every institution is given the time. */
        post: operations["declare_outage"];
    };
    "/v1/ops/forecast": {
        /** The busiest minute ahead, of all institutions together: what to scale for. */
        get: operations["get_operator_forecast"];
    };
    "/v1/ops/bell-board": {
        /** The next bells of all institutions, what was expected and what came minute by minute, how wrong past days were, and who is told of what is expected. */
        get: operations["get_bell_board"];
    };
    "/v1/operator/dead-letters": {
        /** Jobs of all institutions that nobody tries any more, counted by institution, kind and reason, the most frequent first. */
        get: operations["list_all_dead_letters"];
    };
    "/v1/operator/dead-letters/redrive": {
        /** Bring an institution's dead letters back, spread as wanted; with `dry_run`: say which. It is in the book of operators' deeds. */
        post: operations["redrive_tenant_dead_letters"];
    };
    "/v1/operator/storm-reports": {
        /** Kept reports of storms, the newest first, 100 at most; a damaged one says why. */
        get: operations["list_storm_reports"];
    };
    "/v1/operator/storm-reports/{report_id}": {
        /** One report with what there is to plot. */
        get: operations["get_storm_report"];
    };
    "/v1/operator/overview": {
        /** What this process and its database are: lanes, journal, recorder, replicas, jobs. Each figure's meaning is its description here. */
        get: operations["get_overview"];
    };
    "/v1/ops/walls": {
        /** Which limit of this process the school day reaches first: capacity over the forecast's peak, the evidence, when growth reaches it, what to do. */
        get: operations["get_walls"];
    };
    "/v1/operator/signing-keys": {
        /** The keys of access tokens, in the order in which they sign. */
        get: operations["list_signing_keys"];
        /** Make the next key: published at once, it signs when others have had the time to read it. Tokens of the one before stay good. */
        post: operations["rotate_signing_keys"];
    };
    "/v1/operator/signing-keys/{kid}/revoke": {
        /** A key has leaked: nothing that it signed counts any more, and if it was the one that signs, another does at once. Sessions come back by refreshing. */
        post: operations["revoke_signing_key"];
    };
    "/v1/ops/live-classes": {
        /** The live classes of all institutions about now: go, or why not. */
        get: operations["get_live_board"];
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description What was wrong and what to do (RFC 9457).
         * @example {
         *       "type": "urn:bellwether:problem:invalid_field",
         *       "title": "A field is not valid",
         *       "status": 422,
         *       "code": "invalid_field",
         *       "detail": "is missing",
         *       "field": "/text",
         *       "request_id": "0f1e2d3c4b5a6978",
         *       "retryable": false
         *     }
         */
        Problem: {
            /** Format: uri */
            type: string;
            title: string;
            status: number;
            code: components["schemas"]["ProblemCode"];
            /** @description For people: what was wrong and what to do. */
            detail: string;
            /** @description JSON pointer into the body, or the name of a parameter or header. */
            field?: string;
            /** @description Where one stands in a queue. */
            waiting?: {
                place: number;
                estimate_seconds: number;
                /** @description Who brings it along keeps the place. */
                ticket?: string;
            };
            /** @description How a sign-in goes on whose password was right. */
            second_factor?: {
                /** @description Goes back with the code. */
                challenge: string;
                /** @description They have none yet, and must make one first. */
                enrolment: boolean;
                /** @description Seconds. */
                expires_in: number;
            };
            /** @description With 412 and 428, where there is something to lose: what stands now, as a GET answers it. */
            standing?: Record<string, never>;
            request_id: string;
            /** @description May the same request be sent again? */
            retryable: boolean;
        };
        /**
         * @description Stable; new codes may come.
         * @enum {string}
         */
        ProblemCode: "bad_request" | "invalid_field" | "unauthenticated" | "token_expired" | "forbidden" | "not_found" | "method_not_allowed" | "conflict" | "precondition_required" | "precondition_failed" | "payload_too_large" | "uri_too_long" | "head_too_large" | "unsupported_media_type" | "request_timeout" | "idempotency_key_missing" | "idempotency_key_reused" | "quota_exceeded" | "sign_in_delayed" | "second_factor_required" | "overloaded" | "deadline_exceeded" | "unavailable" | "outcome_unknown" | "storage_full" | "corrupt" | "not_implemented" | "internal";
        AccessToken: {
            /** @description A hint for the proxy in front: send it as `BW-Route` where no cookie is kept. It says nothing and opens nothing. */
            routing?: string;
            /** @description A signed JWT (RFC 9068); send it as `Authorization: Bearer`. Not where it went into a cookie. */
            access_token?: string;
            /** @description For POST /v1/sessions/refresh, once. Keep it where no script of others reads it. */
            refresh_token?: string;
            /** @description After a sign-in: keep it for as long as the device is the person's, and send it with the next sign-in. It opens nothing. */
            device_token?: string;
            /** @description Shown once, after a second factor was made on the way in. */
            recovery_codes?: string[];
            /**
             * Format: date-time
             * @description When the session ends, however often it is renewed.
             */
            refresh_expires_at: string;
            /** @constant */
            token_type?: "Bearer";
            /** @description Seconds. */
            expires_in?: number;
            /**
             * Format: date-time
             * @description When to refresh: a moment of this token's own, so that a class does not come back at once.
             */
            renew_at: string;
            session_id: string;
            user_id: string;
            /** @description The institution. */
            tenant_id: string;
            roles: components["schemas"]["Roles"];
            /**
             * Format: date-time
             * @description The access token's end.
             */
            expires_at: string;
        };
        Activity: {
            /** @description A UUID that the client makes: sent again, it is the same activity. */
            id: string;
            /** @enum {unknown} */
            kind: "page_viewed" | "section_opened" | "assignment_opened" | "grade_opened" | "material_opened" | "file_downloaded" | "announcement_read";
            /**
             * @description Of a `page_viewed`, and of it alone.
             * @enum {unknown}
             */
            page?: "other" | "today" | "timetable" | "notices" | "devices" | "assignments" | "assignment" | "receipt" | "sections" | "section" | "grades" | "grade" | "teaching" | "students" | "submissions" | "similarity" | "works" | "work" | "new_assignment" | "scheme" | "people" | "person" | "imports" | "policy" | "branding" | "bells" | "jobs" | "reports";
            /** @description Of all other kinds: the section; the assignment (also of `grade_opened`); the material (also of `file_downloaded`); the announcement. What is not of a section that the person is in is left out later, and the answer does not tell. */
            subject_id?: string;
            /**
             * Format: date-time
             * @description By the same clock as `sent_at`. Later than that counts as the same moment; more than 7 days before it is refused.
             */
            occurred_at: string;
        };
        ActivityBatch: {
            /**
             * Format: date-time
             * @description Now, by the client's clock. What counts is how long before it each activity occurred, so a clock that is wrong does no harm.
             */
            sent_at: string;
            activities: components["schemas"]["Activity"][];
        };
        ActivityPolicy: {
            /** @description Are people's page views and openings kept, for reports of engagement? */
            kept: boolean;
        };
        Announcement: {
            announcement_id: string;
            section_id: string;
            title: string;
            /** @description Markdown, as it was written; never HTML. */
            text: string;
            version: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            changed_at: string;
        };
        AnnouncementChange: {
            title?: string;
            text?: string;
        };
        AnnouncementPage: {
            data: components["schemas"]["Announcement"][];
            next: string | null;
        };
        /** @description An entry for each question of the assignment. Students never see it. */
        AnswerKey: ({
            id: string;
            /** @description For a right answer. */
            points: number;
            /** @description Of a choice: what each is worth; others are worth nothing. */
            credit?: {
                choice: string;
                points: number;
            }[];
            /** @description The right one. */
            number?: number;
            /** @description How far off is right too. */
            tolerance?: number;
            /** @description Right texts. */
            accepted?: string[];
            /** @description Case and spaces count. */
            exact?: boolean;
            /** @description A marker gives the points. */
            by_hand?: boolean;
        } & (unknown | unknown | unknown | unknown))[];
        /** @description A student is told what is in force for that student: an extension that was granted is part of it. All others are told what the assignment says. */
        Assignment: {
            assignment_id: string;
            title: string;
            section_id: string;
            section_title: string;
            /**
             * @description What is handed in: `text`, `answers` to `questions` (structured), or `files` (file).
             * @enum {unknown}
             */
            kind: "text" | "structured" | "file";
            /** @description What is to be done, as plain text; may be empty. Not in lists. */
            instructions?: string;
            questions?: components["schemas"]["Questions"];
            /**
             * Format: date-time
             * @description Nothing counts before; null: open.
             */
            opens_at: string | null;
            /**
             * Format: date-time
             * @description Received then or later is late.
             */
            due_at: string;
            /**
             * Format: date-time
             * @description Received then or later is refused; `due_at` itself: nothing late counts; null: no limit.
             */
            late_until: string | null;
            content_bytes_limit: number;
            /** @description null: no limit. */
            attempts_limit: number | null;
            /** @description A student's, as far as what was handed in is recorded; null: no limit, or not a student's. */
            attempts_left: number | null;
            /** @description Of files: how many. */
            files_limit: number;
            /** @description Of files: bytes of each. */
            file_bytes_limit: number;
            /** @description Of files: how long their bytes may come after the due instant, or after they were declared if that was later. */
            upload_grace_seconds: number;
            /** @description By an extension granted to the caller, or to the section. */
            extended: boolean;
            /** @description false: withdrawn, or taken away by the roster; its teachers alone see it then. */
            active: boolean;
            /** @description What the caller handed in last, as far as it is recorded; null: nothing. */
            latest_submission: null | {
                submission_id: string;
                /** @enum {unknown} */
                state: "recorded" | "refused";
                /** Format: date-time */
                received_at: string;
                late: boolean;
            };
            /** @description In quotes, the ETag. */
            version: number;
        };
        AssignmentChange: {
            /** @description One line; at most 200 bytes of UTF-8. */
            title?: string;
            /** @description Plain text of at most 65536 bytes of UTF-8. */
            instructions?: string;
            /**
             * Format: date-time
             * @description RFC 3339, of the years 1970 to 9999.
             */
            due_at?: string;
            /** Format: date-time */
            opens_at?: string | null;
            /** @description How long after the due instant late work counts; 0: not at all; null: without limit. */
            late_seconds_limit?: number | null;
            content_bytes_limit?: number;
            attempts_limit?: number | null;
            /**
             * @description What is handed in. Only while nothing was; and without `questions`, which make it structured.
             * @enum {unknown}
             */
            kind?: "text" | "file";
            files_limit?: number;
            file_bytes_limit?: number;
            upload_grace_seconds?: number;
            /** @description Makes it structured; null makes a structured one a text. Only while nothing was handed in. */
            questions?: components["schemas"]["Questions"] | null;
            /**
             * @description Takes a withdrawal back; sent alone.
             * @constant
             */
            active?: true;
        };
        AssignmentPage: {
            data: components["schemas"]["Assignment"][];
            /** @description The cursor of the next page; null: this was the last. */
            next: string | null;
        };
        AssignmentSimilarity: {
            assignment_id: string;
            /** @enum {unknown} */
            similarity: "on" | "off";
            template: string;
            texts_compared: number;
            /** @description The latest of each student that is not compared yet, begun or not; 0 while nothing is compared here. */
            texts_waiting: number;
            version: number;
            /** @description Pairs of texts, the most alike first. */
            data: {
                submission_id: string;
                user_id: string;
                other_submission_id: string;
                other_user_id: string;
                /** @description Another one for earlier work. */
                other_assignment_id: string;
                /** @description 0 to 1: of the shorter text, the share that stands in both. */
                score: number;
                /** @description Of the submission that stand in the other text too. */
                words: number;
            }[];
            /** @description The cursor of the next page; null on the last. */
            next: string | null;
        };
        Bell: {
            bell_id: string;
            /** Format: date-time */
            at: string;
            lasts_seconds: number;
        };
        BellBoard: {
            /** Format: date-time */
            as_of: string;
            /**
             * Format: date-time
             * @description Of the forecast that holds; null: there is none that is not stale, and neither bells nor what is expected are known.
             */
            made_at: string | null;
            /**
             * Format: date-time
             * @description Unless it is made anew, it is stale from then on.
             */
            valid_until: string | null;
            /** @description Looked at. */
            institutions: number;
            /** @description Of them, those whose bells are not known: neither a timetable nor declared bells. */
            without_timetable: number;
            /** @description What this process's parts are told to prepare for. */
            hints: {
                /**
                 * Format: date-time
                 * @description null: there is no hint that holds, and all do as without one.
                 */
                made_at: string | null;
                /** Format: date-time */
                valid_until: string | null;
                /** @description Who acts on it here: jobs, recorder, long requests. */
                listeners: string[];
            };
            /** @description The moments at which lessons begin or a declared bell rings, within nine days, in their order; the first 100. */
            bells: {
                /**
                 * Format: date-time
                 * @description Its minute.
                 */
                at: string;
                /** @description Expected there. */
                people: number;
                institutions: number;
                /** @description Those of which most people are expected, five at most. */
                largest: {
                    tenant_id: string;
                    name: string;
                    people: number;
                }[];
            }[];
            /** @description That are known and not listed. */
            further_bells: number;
            /** @enum {unknown} */
            kind: "password" | "refresh" | "provider" | "page_read" | "submission" | "live_join" | "job";
            /** Format: date-time */
            from: string;
            /** @description One number for each minute from then on, in events of that kind, of all institutions together. */
            minutes: {
                /** @description As it was forecast when each institution's day began; null: nothing had been said, or that day has not begun. */
                expected: (number | null)[];
                /** @description Nine in ten minutes end between low and high. */
                low: (number | null)[];
                high: (number | null)[];
                /** @description null: no process has counted that minute yet, or none ran. Jobs are counted when the day is over, and live joins not yet. */
                came: (number | null)[];
                /** @description By the forecast that holds now, of minutes to come. */
                now_expected: (number | null)[];
            };
            /**
             * Format: date-time
             * @description The end of the last minute that was counted.
             */
            counted_until: string | null;
            /**
             * Format: date-time
             * @description From here on the forecasts of all institutions that are looked at are in the sums.
             */
            whole_from: string | null;
            /** @description Days that are over, the latest first, each as forecast when it began; dates of the institutions' calendars. */
            days: {
                /** Format: date */
                date: string;
                /** @description Whose day is scored. */
                institutions: number;
                /** @description Of that kind, in the minutes that were counted and forecast. */
                came: number;
                score: components["schemas"]["ForecastScore"];
            }[];
        };
        BellList: {
            data: components["schemas"]["Bell"][];
        };
        BellSchedule: {
            name: string;
            /** @description In order; they may touch, not overlap. */
            periods: {
                /** @description Lessons name it; the same name stands in each schedule where they take place. */
                name: string;
                begin: string;
                end: string;
            }[];
        };
        Branding: {
            /** @description For where the whole name does not fit. */
            short_name: string | null;
            /** @description null: none was chosen. */
            accent_color: string | null;
            /**
             * @description Of text on the accent colour: the one of the two that is read more easily, with a contrast of 4.5 at least.
             * @enum {unknown}
             */
            accent_text_color: "#000000" | "#ffffff" | null;
            /** @description A path of this host. */
            logo_url: string | null;
        };
        BrandingChange: {
            short_name: string | null;
            accent_color: string | null;
        };
        CalendarFeed: {
            feed_id: string;
            name: string;
            /** Format: date-time */
            created_at: string;
        };
        CalendarFeedList: {
            data: components["schemas"]["CalendarFeed"][];
        };
        Cards: {
            section_title: string;
            /** Format: date-time */
            expires_at: string;
            cards: {
                user_id: string;
                username: string;
                given_name: string;
                family_name: string;
                /** @description Not kept: a lost one is made anew. */
                code: string;
                /**
                 * Format: uri
                 * @description Where it is used, with name and code behind '#'.
                 */
                link: string;
            }[];
        };
        CardsRequest: {
            /** @description How long each counts; without it: 720, which is 30 days. */
            hours?: number;
            /**
             * @description Whom it is for; without this and `user_ids`: those without a password.
             * @enum {unknown}
             */
            students?: "without_password" | "all";
            /** @description Instead: these students of the section. */
            user_ids?: string[];
        };
        ClassCode: {
            class_code_id: string;
            /** @description To be shown to the class. It is not kept: a lost one is made anew. */
            code: string;
            /** Format: date-time */
            expires_at: string;
            /** @description How many students it is for. */
            open_for: number;
        };
        ClassCodeRequest: {
            /** @description How long it counts; without it: 15. */
            minutes?: number;
            /**
             * @description Whom it is for; without this and `user_ids`: those without a password.
             * @enum {unknown}
             */
            students?: "without_password" | "all";
            /** @description Instead: these students of the section. */
            user_ids?: string[];
        };
        ClassCodeState: {
            class_code_id: string;
            made_by: string;
            /** Format: date-time */
            made_at: string;
            /** Format: date-time */
            expires_at: string;
            /**
             * Format: date-time
             * @description Ended before its time.
             */
            ended_at: string | null;
            /** @description How often somebody who knew the code named a person for whom it was not open, or not any more. */
            misses: number;
            students: {
                user_id: string;
                username: string;
                given_name: string;
                family_name: string;
                /**
                 * Format: date-time
                 * @description When a password was chosen under this name.
                 */
                used_at: string | null;
            }[];
        };
        /** @description Shows that the tree of `from_size` groups is the beginning of the head's (RFC 9162, section 2.1.4). */
        ConsistencyProof: {
            from_size: number;
            path: string[];
            head: components["schemas"]["SignedHead"];
        };
        /** @description A rubric. Ids differ. Where a criterion has levels, a mark says one of them. */
        Criteria: {
            id: string;
            /** @description At most 200 bytes of UTF-8. */
            title: string;
            /** @description At most 2000 bytes of UTF-8. */
            description?: string;
            /** @description With two decimals at most. */
            points_max: number;
            levels?: {
                id: string;
                title: string;
                points: number;
            }[];
        }[];
        DeadLetters: {
            data: {
                kind: string;
                error: string;
                count: number;
                /** Format: date-time */
                oldest_created_at: string;
            }[];
        };
        DeadlineLoad: {
            section_id: string;
            /** Format: date-time */
            due_at: string;
            /** @description Of the section. */
            students: number;
            /** @description Due instants within three hours, the nearest first. */
            collisions: {
                /** Format: date-time */
                due_at: string;
                /** @description Of the section's, who have this one too. */
                students: number;
            }[];
            /** @description The busiest minute about it; null: unknown, or further away than the forecast reaches. */
            busy: {
                /** Format: date-time */
                at: string;
                /** @description Sign-ins, reads, submissions and joins in that minute. */
                expected: number;
                /** @description Over the busiest minute of the week. */
                of_peak: number;
                /** @enum {unknown} */
                basis: "prior" | "history";
            } | null;
            /** @description A slot within a day that is clearly calmer; null: there is none. */
            calmer: {
                /** Format: date-time */
                due_at: string;
                /** @description Who would have another due instant about then. */
                colliding_students: number;
                /** @description The busiest minute about it; null: unknown, or further away than the forecast reaches. */
                busy: {
                    /** Format: date-time */
                    at: string;
                    /** @description Sign-ins, reads, submissions and joins in that minute. */
                    expected: number;
                    /** @description Over the busiest minute of the week. */
                    of_peak: number;
                    /** @enum {unknown} */
                    basis: "prior" | "history";
                } | null;
            } | null;
        };
        Departure: {
            authorization_url: string;
        };
        Extension: {
            /** @description Another after each change. In quotes, the ETag. */
            extension_id: string;
            /** @description null: the whole section. */
            user_id: string | null;
            /** Format: date-time */
            due_at: string;
            attempts_extra: number;
            reason: string;
            /** @description null: the platform, for an outage. */
            given_by: string | null;
            /** @description Whose lost time it gives back. */
            outage_id: string | null;
            /** Format: date-time */
            given_at: string;
        };
        ExtensionGrant: {
            /**
             * Format: date-time
             * @description Instead of the assignment's due instant, if it is later.
             */
            due_at: string;
            /** @default 0 */
            attempts_extra?: number;
            /** @description At most 500 bytes of UTF-8; for teachers. */
            reason: string;
        };
        ExtensionList: {
            data: components["schemas"]["Extension"][];
        };
        FederationExchange: {
            /** @description `federation_code`, as it came. */
            code: string;
            /** @description What the challenge was made of. */
            verifier: string;
            /** @description What the session's owner will know it by, in at most 200 bytes of UTF-8. Without it: the User-Agent. */
            device?: string;
        };
        Figure: {
            /** @description Null: it is missing. */
            value: number | boolean | string | null;
            /** @description The metric of /metrics that says the same; null: there is none. */
            metric: string | null;
            /** @description Why there is no value; null: there is one. */
            missing: string | null;
        };
        FileLink: {
            /** @description At this host: whoever has it gets the file, with ranges, until then. */
            path: string;
            /** Format: date-time */
            expires_at: string;
        };
        FirstPage: {
            /**
             * Format: date-time
             * @description When it was read.
             */
            prepared_at: string;
            /** @description What changed longer ago than so many seconds is in it, whenever it was prepared. */
            behind_seconds_max: number;
            me: {
                user_id: string;
                tenant_id: string;
                username: string;
                given_name: string;
                family_name: string;
                roles: components["schemas"]["Roles"];
            };
            /** @description Those that the caller is in today, by title. */
            sections: {
                data: {
                    section_id: string;
                    title: string;
                    class_code: string;
                    roles: ("teacher" | "student")[];
                }[];
            };
            /** @description Due from seven days ago on, the first hundred; `latest_submission` is the caller's. */
            assignments: components["schemas"]["AssignmentPage"];
            notices: components["schemas"]["NoticePage"];
            grades: components["schemas"]["OwnGradeList"];
            /** @description The next ten declared ones that are not over; the timetable's are at /v1/next-bell. */
            bells: components["schemas"]["BellList"];
        };
        Forecast: {
            /** @description Which model made it. */
            model: number;
            /**
             * Format: date-time
             * @description null: there is none now, and all kinds are unknown.
             */
            made_at: string | null;
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            until: string;
            step_minutes: number;
            kinds: {
                /** @enum {unknown} */
                kind: "password" | "refresh" | "provider" | "page_read" | "submission" | "live_join" | "job";
                /**
                 * @description prior: fewer than five school days of this one have been seen; history: five or more (without timetable and bells: 14 days).
                 * @enum {unknown}
                 */
                basis: "unknown" | "prior" | "history";
                /** @description Events in each step; null: unknown. */
                expected: number[] | null;
                /** @description Nine in ten steps end between low and high. */
                low: number[] | null;
                high: number[] | null;
                /** @description The minute in which most are expected. */
                peak: {
                    /** Format: date-time */
                    at: string;
                    expected: number;
                    low: number;
                    high: number;
                } | null;
                score: components["schemas"]["ForecastScore"];
            }[];
        };
        /** @description Of the last days that are over (14 at most), each forecast as it was made when the day began. null: cannot be said. */
        ForecastScore: {
            /** @description Scored; 0: none yet, so nothing is known of how wrong it is. */
            days: number;
            /** @description Sum over minutes of absolute errors, over what came. */
            wape: number | null;
            /** @description The same of a forecast that is exactly right: counts are whole. */
            chance: number | null;
            /** @description What was expected too much, over what came. */
            bias: number | null;
            /** @description Mean over days of the busiest minute's relative error. */
            peak: number | null;
            /** @description The same, had it been expected as a week before. */
            peak_naive: number | null;
            /** @description 1 less the absolute error over that of the week before; below 0 the week before is the better forecast. */
            skill: number | null;
            /** @description Share of minutes inside the band, 0.9 by design. */
            covered: number | null;
        };
        GeneratedTimetable: {
            version: number;
            lessons: number;
            /** @description Lessons for which a teacher had no free period, or whose section has no term. */
            unplaced: number;
            /** @description Students who would be in two places at once, one for each lesson. */
            clashes: number;
        };
        GradeHistory: {
            data: {
                /** @description Counts what was released of this work. */
                number: number;
                /** Format: date-time */
                released_at: string;
                points: number;
                points_max: number;
                items: components["schemas"]["GradeItems"];
                feedback: string;
                scheme_version: number;
                released_by: string;
                /** @description Why it changed; null: it was the first. */
                reason: string | null;
            }[];
        };
        GradeItems: {
            id: string;
            title: string;
            /** @description Its title. */
            level: string | null;
            points: number | null;
            points_max: number;
            feedback: string;
        }[];
        /** @description Everything since the token was given, each time: one that is lost is made good by the next. Milliseconds since then, by a clock that is never set. */
        Heartbeat: {
            /** @description Now. */
            at_ms: number;
            /** @description From when until when the class was seen and moved, in order. */
            watched?: number[][];
            quality?: components["schemas"]["PlayerQuality"][];
        };
        IdentityLink: {
            provider_id: string;
            /** @description Where to go on afterwards: a path of this host, without a fragment; not "//". */
            return_to?: string;
        };
        IdentityList: {
            data: {
                identity_id: string;
                provider_id: string;
                provider_name: string;
                /** @description The provider's name for the person. */
                subject: string;
                /** @enum {unknown} */
                linked_by: "email" | "sourced_id" | "username" | "consent" | "creation";
                /** Format: date-time */
                linked_at: string;
            }[];
        };
        IdentityProvider: {
            provider_id: string;
            name: string;
            /** @enum {unknown} */
            preset: "generic" | "google" | "microsoft" | "clever" | "classlink";
            enabled: boolean;
            issuer: string;
            client_id: string;
            /** @enum {unknown} */
            client_auth: "none" | "client_secret_basic" | "client_secret_post";
            /** @description What the provider must know to send people back, for this host name. */
            redirect_uri: string;
            settings: {
                /** @description What the provider may sign ID tokens with; RS256 unless told. */
                algorithms: ("RS256" | "ES256" | "EdDSA")[];
                /** @description What is asked for. */
                scopes: string[];
                /** @description Ask the UserInfo endpoint for more claims. */
                userinfo: boolean;
                /** @description Whoever comes for the first time is the one user here with their verified address. Only where the provider's word on addresses is good. */
                link_by_email: boolean;
                /** @description The claim that says so. */
                email_verified_claim: string;
                /** @description The claim that is a user's sourcedId here, on the provider's word. Null: none is. */
                sourced_id_claim: string | null;
                /** @description The claim that is a user name here, on the provider's word. Null: none is. */
                username_claim: string | null;
                /** @description Whom to let in: everybody has one of these values in each of these claims, such as Google's hd. */
                required_claims: {
                    [key: string]: string[];
                };
                /** @description Addresses of other domains do not count. Empty: all do. */
                email_domains: string[];
                /**
                 * @description What those become who are not known here. Null: they are not let in.
                 * @enum {unknown}
                 */
                create_users_as: null | "student" | "teacher";
            };
        };
        IdentityProviderDescription: {
            /** @description What the sign-in page shows, in at most 100 bytes of UTF-8. */
            name: string;
            /** @enum {unknown} */
            preset?: "generic" | "google" | "microsoft" | "clever" | "classlink";
            enabled?: boolean;
            /** @description https, without a query; the provider's configuration is at /.well-known/openid-configuration under it. Google, Clever and ClassLink have one each. */
            issuer?: string;
            client_id: string;
            /**
             * @description How its token endpoint knows us; client_secret_basic unless told.
             * @enum {unknown}
             */
            client_auth?: "none" | "client_secret_basic" | "client_secret_post";
            /**
             * Format: password
             * @description Kept encrypted, and never shown again.
             */
            client_secret?: string;
            /** @description What the provider may sign ID tokens with; RS256 unless told. */
            algorithms?: ("RS256" | "ES256" | "EdDSA")[];
            /** @description What is asked for. */
            scopes?: string[];
            /** @description Ask the UserInfo endpoint for more claims. */
            userinfo?: boolean;
            /** @description Whoever comes for the first time is the one user here with their verified address. Only where the provider's word on addresses is good. */
            link_by_email?: boolean;
            /** @description The claim that says so. */
            email_verified_claim?: string;
            /** @description The claim that is a user's sourcedId here, on the provider's word. Null: none is. */
            sourced_id_claim?: string | null;
            /** @description The claim that is a user name here, on the provider's word. Null: none is. */
            username_claim?: string | null;
            /** @description Whom to let in: everybody has one of these values in each of these claims, such as Google's hd. */
            required_claims?: {
                [key: string]: string[];
            };
            /** @description Addresses of other domains do not count. Empty: all do. */
            email_domains?: string[];
            /**
             * @description What those become who are not known here. Null: they are not let in.
             * @enum {unknown}
             */
            create_users_as?: null | "student" | "teacher";
        };
        IdentityProviderList: {
            data: components["schemas"]["IdentityProvider"][];
        };
        Institution: {
            name: string;
            /** @description BCP 47. */
            locale: string;
            /** @description IANA. */
            time_zone: string;
            /** @description For where the whole name does not fit. */
            short_name: string | null;
            /** @description null: none was chosen. */
            accent_color: string | null;
            /**
             * @description Of text on the accent colour: the one of the two that is read more easily, with a contrast of 4.5 at least.
             * @enum {unknown}
             */
            accent_text_color: "#000000" | "#ffffff" | null;
            /** @description A path of this host. */
            logo_url: string | null;
        };
        InvitationPage: {
            data: {
                invitation_id: string;
                user_id: string;
                username: string;
                given_name: string;
                family_name: string;
                invited_by: string | null;
                /** Format: date-time */
                invited_at: string;
                /** Format: date-time */
                expires_at: string;
                /**
                 * @description replaced: by a newer one, or by a password set another way.
                 * @enum {unknown}
                 */
                state: "open" | "used" | "revoked" | "replaced" | "expired";
            }[];
            /** @description The cursor of the next page; null: this was the last. */
            next: string | null;
        };
        /** @description Whom: exactly one of these. */
        Invite: {
            /** @description One person. */
            user_id?: string;
            /** @description Everybody enrolled in it. */
            section_id?: string;
            /** @description Everybody with a role there. */
            org_id?: string;
            /**
             * @description All of the institution.
             * @constant
             */
            everybody?: true;
        };
        Invited: {
            data: {
                invitation_id: string;
                user_id: string;
                /** Format: date-time */
                expires_at: string;
            }[];
            /** @description There are more than one call invites: call again with the same body. */
            more: boolean;
            /** @description How many were left out because they have a password. */
            with_password: number;
            /** @description How many have neither a password nor an address. */
            without_address: number;
        };
        Job: {
            job_id: string;
            /** @description What is done, such as `submission.similarity`. */
            kind: string;
            /** @enum {unknown} */
            state: "available" | "scheduled" | "running" | "retryable" | "completed" | "cancelled" | "discarded";
            /** @description Attempts that have begun. */
            attempt: number;
            attempts_max?: number;
            /** @enum {unknown} */
            priority?: "urgent" | "high" | "normal" | "low";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            due_at?: string;
            /** Format: date-time */
            ended_at?: string;
            cancel_asked?: boolean;
            /** @description Which things it is about, by their ids. */
            args?: Record<string, never>;
            /** @description Of the last attempt that failed. */
            error: string | null;
            /** @description While available: how many of the institution's go before. */
            ahead?: number;
            /** @description While available: until all that wait now are done, at the present rate; null if nothing is being done. */
            estimate_seconds?: number | null;
        };
        JobBacklog: {
            data: {
                kind: string;
                /** @description Due by now. */
                available: number;
                /** @description Due later: scheduled, or to be tried again. */
                later: number;
                running: number;
                /** @description Dead letters. */
                discarded: number;
                /** @description How long the first that is due has waited. */
                oldest_seconds: number | null;
                /** @description Until all of this kind are done, at the present rate. */
                estimate_seconds: number | null;
            }[];
        };
        JobPage: {
            data: components["schemas"]["Job"][];
            /** @description The cursor of the next page; null on the last. */
            next: string | null;
        };
        JoinedLiveClass: {
            live_class_id: string;
            title: string;
            /** @enum {unknown} */
            state: "planned" | "armed" | "slate" | "warm" | "live" | "ended" | "archived" | "failed";
            /** @enum {unknown} */
            on_air: "nothing" | "slate" | "teacher";
            /** Format: date-time */
            begins_at: string;
            /** Format: date-time */
            ends_at: string;
            /** @enum {unknown} */
            role: "student" | "teacher";
            /** @description Null: there is no stream yet; ask again at `renew_at`. */
            playback: null | {
                /** @description Of the HLS playlist. */
                url: string;
                /** @description That the player has to send. */
                cookies: {
                    name: string;
                    value: string;
                    domain: string;
                    path: string;
                }[];
                /** Format: date-time */
                expires_at: string;
            };
            /** @description Where `playback.url` may be had, the best first for the caller's region: it is at the first; a player that loses one goes on with the next. Empty: `playback.url` is all there is. */
            edges: string[];
            /**
             * Format: date-time
             * @description Join again then: a moment of one's own.
             */
            renew_at: string;
            /**
             * Format: date-time
             * @description When the player starts: players start apart, so that edges are not asked by all at once.
             */
            play_at: string;
            /** @description The same from now, for clocks that are wrong. */
            wait_ms: number;
            /** @description For POST .../heartbeats; the first join's, as long as the player lives. Null: nothing is counted. */
            heartbeat: null | {
                token: string;
                every_ms: number;
            };
            /** @description For the class's room: to enter by until it expires. */
            grant: {
                token: string;
                /** @description What may be sent in the room. */
                may: ("audio" | "video" | "screen" | "data")[];
                /** Format: date-time */
                expires_at: string;
            };
        };
        Lesson: {
            lesson_id: string;
            /** @description The ETag, without quotes. */
            version: number;
            section_id: string;
            period: string;
            /** @description None: every school day. */
            days: ("Mo" | "Tu" | "We" | "Th" | "Fr" | "Sa" | "Su")[];
            /** @description On which of the rotation's names; none: on all. */
            rotation: string[];
            room: string | null;
            /** @description Null: whoever teaches the section. */
            teacher_id: string | null;
            /** @description Its name; null: all of them. */
            term: string | null;
        };
        LessonChange: {
            section_id?: string;
            period?: string;
            /** @description None: every school day. */
            days?: ("Mo" | "Tu" | "We" | "Th" | "Fr" | "Sa" | "Su")[];
            /** @description On which of the rotation's names; none: on all. */
            rotation?: string[];
            room?: string | null;
            /** @description Null: whoever teaches the section. */
            teacher_id?: string | null;
            /** @description Its name; null: all of them. */
            term?: string | null;
        };
        LessonDay: {
            lesson_id: string;
            /** Format: date */
            date: string;
            cancelled: boolean;
            teacher_id: string | null;
            room: string | null;
        };
        LessonInConflict: {
            lesson_id: string;
            section_id: string;
            period: string;
        };
        LessonPage: {
            data: components["schemas"]["Lesson"][];
            next: string | null;
        };
        LiveAttendance: {
            user_id: string;
            name: string;
            /** @description Within the class's time, in parts of 10 s; what two devices saw at once counts once. */
            watched_seconds: number;
            /**
             * Format: date-time
             * @description Null: has not watched.
             */
            first_seen_at: string | null;
            /** Format: date-time */
            last_seen_at: string | null;
        };
        LiveAttendanceList: {
            data: components["schemas"]["LiveAttendance"][];
            next: string | null;
        };
        LiveBoard: {
            /** Format: date-time */
            as_of: string;
            /** @description How many classes about now are in each. */
            states: {
                [key: string]: number;
            };
            /** @description How many have concerns. */
            no_go: number;
            /** @description Of open classes, known in this process. */
            people: number;
            /** @description There are more classes than a process keeps; of each institution the first are known. */
            cut: boolean;
            /** @description Null: this process is of another role. */
            leader: null | {
                leads: boolean;
                /** @description This process's clock against the database's. */
                clock_off_ms: number;
                steps: number;
                faults: number;
                /** @description Steps that a change or another leader forestalled. */
                lost: number;
            };
            /** @description That are not over, those with concerns first. */
            classes: {
                tenant_id: string;
                live_class_id: string;
                /** Format: date-time */
                begins_at: string;
                /** Format: date-time */
                ends_at: string;
                /** @enum {unknown} */
                state: "planned" | "armed" | "slate" | "warm" | "live" | "ended" | "archived" | "failed";
                go: boolean;
                concerns: string[];
                people: number;
                warm_planned: number;
                warm_verified: number;
            }[];
        };
        LiveClass: {
            live_class_id: string;
            lesson_id: string;
            section_id: string;
            title: string;
            /** @description Who teaches it on this day, substitutes too. */
            teacher_id: string | null;
            /** Format: date-time */
            begins_at: string;
            /** Format: date-time */
            ends_at: string;
            /**
             * Format: date-time
             * @description From then on people may join.
             */
            opens_at: string;
            cancelled: boolean;
            /** @enum {unknown} */
            state: "planned" | "armed" | "slate" | "warm" | "live" | "ended" | "archived" | "failed";
            recording: string | null;
            /** @description For whoever teaches it; null for the others, and in lists. */
            plan: components["schemas"]["LiveClassPlan"] | null;
        };
        LiveClassList: {
            /** @description In order of their beginnings. */
            data: components["schemas"]["LiveClass"][];
        };
        LiveClassPlan: {
            /** @description All is as planned for this moment. */
            go: boolean;
            /** @description Why not. */
            concerns: string[];
            /**
             * @description What came from the teacher's encoder, when it was looked at last.
             * @enum {unknown}
             */
            signal: "none" | "stalled" | "flowing";
            slate_on: boolean;
            /** @description Pairs of edge and rendition. */
            warm_planned: number;
            warm_verified: number;
            /** @description Where an encoder sends to; whoever has the key is the teacher. */
            ingests: {
                /** @enum {unknown} */
                protocol: "rtmp" | "srt" | "whip" | "hls_push";
                url: string;
                user: string;
                key: string;
            }[];
        };
        LiveLesson: {
            lesson_id: string;
            version: number;
            /** @description What may be sent in the room. */
            students_may: ("audio" | "video" | "screen" | "data")[];
        };
        MadeCalendarFeed: {
            feed_id: string;
            name: string;
            /** Format: date-time */
            created_at: string;
            /** @description On this host. Whoever knows it reads the lessons; it is shown this once. */
            path: string;
        };
        Mark: {
            /** @enum {unknown} */
            kind: "automatic" | "first" | "second" | "agreed";
            /** @description null: by the answer key. */
            marker_id: string | null;
            done: boolean;
            scheme_version: number;
            /** @description null: points are missing. */
            total: number | null;
            points?: number;
            items: {
                id: string;
                level?: string;
                points?: number;
                feedback: string;
            }[];
            feedback: string;
            /** @description In quotes, the ETag. */
            version: number;
            /** Format: date-time */
            changed_at: string;
        };
        MarkEdit: {
            /**
             * @description Else a draft, which may lack points.
             * @default false
             */
            done?: boolean;
            /** @description Where plain points are given. */
            points?: number;
            /** @description Criteria, or questions. */
            items?: {
                id: string;
                level?: string;
                points?: number;
                /** @description At most 2048 bytes of UTF-8. */
                feedback?: string;
            }[];
            /** @description At most 16384 bytes of UTF-8. */
            feedback?: string;
        };
        Marking: {
            /** @description In quotes, the ETag. */
            version: number;
            points_max: number;
            criteria: components["schemas"]["Criteria"] | null;
            answer_key: components["schemas"]["AnswerKey"] | null;
            /** @enum {unknown} */
            counts: "latest" | "best";
            anonymous: boolean;
            /** Format: date-time */
            identities_opened_at: string | null;
            second_marking_tolerance: number | null;
            regrade_days: number | null;
        };
        MarkingChange: {
            /** @description Plain points; with two decimals at most. */
            points_max?: number;
            criteria?: components["schemas"]["Criteria"];
            answer_key?: components["schemas"]["AnswerKey"];
            /**
             * @description Which recorded attempt; `best` by the answer key.
             * @enum {unknown}
             */
            counts?: "latest" | "best";
            /** @description Markers are told pseudonyms until results are released. */
            anonymous?: boolean;
            /** @description Two mark each work without seeing the other's mark; what is further apart is agreed on. null: one marks. */
            second_marking_tolerance?: number | null;
            /** @description How long after a release students may ask for another look; null: not at all. */
            regrade_days?: number | null;
        } & (unknown | unknown | unknown);
        Material: {
            material_id: string;
            section_id: string;
            /** @enum {string} */
            kind: "file" | "link" | "video";
            title: string;
            /** @description Markdown, as it was written. It is never HTML: whoever shows it makes HTML of it, and of nothing else. */
            text: string;
            /** @description https; of a link, and of a video that lies elsewhere. */
            url: string | null;
            file: {
                name: string;
                /** @description As its owner said. */
                media_type: string;
                size: number;
                /** @description On this host, good for whoever has it until expires_at; `Range` is understood. A video's may be played. Null: the file is gone. */
                path: string | null;
                /** Format: date-time */
                expires_at: string | null;
            } | null;
            published: boolean;
            /** Format: date-time */
            visible_from: string | null;
            version: number;
            /** Format: date-time */
            changed_at: string;
        };
        MaterialChange: {
            /** @description Moves it before this one; null: to the end. */
            before_id?: string | null;
            title?: string;
            /** @description Markdown. */
            text?: string;
            /** @description A complete upload of the caller; it stays as long as it stands on the page. */
            upload_id?: string;
            /** @description https, of a host name with a dot in it. */
            url?: string;
            /** @description Without: a draft. */
            published?: boolean;
            /** Format: date-time */
            visible_from?: string | null;
        };
        Me: {
            username: string;
            given_name: string;
            family_name: string;
            session_id: string;
            user_id: string;
            /** @description The institution. */
            tenant_id: string;
            roles: components["schemas"]["Roles"];
            /**
             * Format: date-time
             * @description The access token's end.
             */
            expires_at: string;
        };
        NewAnnouncement: {
            title: string;
            /** @description Markdown. */
            text?: string;
        };
        NewAssignment: {
            /** @description One line; at most 200 bytes of UTF-8. */
            title: string;
            /** @description Plain text of at most 65536 bytes of UTF-8. */
            instructions?: string;
            /**
             * Format: date-time
             * @description RFC 3339, of the years 1970 to 9999.
             */
            due_at: string;
            /** Format: date-time */
            opens_at?: string | null;
            /** @description How long after the due instant late work counts; 0: not at all; null: without limit. */
            late_seconds_limit?: number | null;
            content_bytes_limit?: number;
            attempts_limit?: number | null;
            /**
             * @description What is handed in. Only while nothing was; and without `questions`, which make it structured.
             * @enum {unknown}
             */
            kind?: "text" | "file";
            files_limit?: number;
            file_bytes_limit?: number;
            upload_grace_seconds?: number;
            /** @description Makes it structured; null makes a structured one a text. Only while nothing was handed in. */
            questions?: components["schemas"]["Questions"] | null;
        };
        NewBell: {
            /**
             * Format: date-time
             * @description A moment to come, within 400 days.
             */
            at: string;
            /** @description Of the lesson or exam that begins then; 0 unless said. */
            lasts_seconds?: number;
        };
        NewCalendarFeed: {
            /** @description Where it is used, e.g. the phone. */
            name?: string;
        };
        NewLesson: {
            section_id: string;
            period: string;
            /** @description None: every school day. */
            days?: ("Mo" | "Tu" | "We" | "Th" | "Fr" | "Sa" | "Su")[];
            /** @description On which of the rotation's names; none: on all. */
            rotation?: string[];
            room?: string | null;
            /** @description Null: whoever teaches the section. */
            teacher_id?: string | null;
            /** @description Its name; null: all of them. */
            term?: string | null;
        };
        NewLessonDay: {
            /** @description True: it does not take place; then without teacher and room. */
            cancelled?: boolean;
            /** @description Who teaches it that day. */
            teacher_id?: string | null;
            room?: string | null;
        };
        NewLiveLesson: {
            /** @description What may be sent in the room. */
            students_may: ("audio" | "video" | "screen" | "data")[];
        };
        NewMaterial: {
            /** @enum {string} */
            kind: "file" | "link" | "video";
            title: string;
            /** @description Markdown. */
            text?: string;
            /** @description A complete upload of the caller; it stays as long as it stands on the page. */
            upload_id?: string;
            /** @description https, of a host name with a dot in it. */
            url?: string;
            /** @description Without: a draft. */
            published?: boolean;
            /** Format: date-time */
            visible_from?: string | null;
        };
        NewOperatorRedrive: {
            /** @description The institution whose dead letters come back. */
            tenant_id: string;
            kind?: string;
            error_begins_with?: string;
            /** @description Only say what would be done. */
            dry_run: boolean;
            /** @default 1000 */
            limit?: number;
            /** @description Spread them so; without it all are due at once. */
            per_second?: number;
        };
        NewOutage: {
            /** Format: date-time */
            began_at: string;
            /**
             * Format: date-time
             * @description After `began_at` by 7 days at most; over, for 30 days at most.
             */
            ended_at: string;
            /** @description At most 500 bytes of UTF-8; institutions read it. */
            reason: string;
        };
        NewRecording: {
            /** @description A complete upload of the caller's: a video. */
            upload_id: string;
            title: string;
        };
        NewRedrive: {
            kind?: string;
            error_begins_with?: string;
            /** @description Only say what would be done. */
            dry_run: boolean;
            /** @default 1000 */
            limit?: number;
            /** @description Spread them so; without it all are due at once. */
            per_second?: number;
        };
        NewReportExport: {
            report: string;
            /** @enum {unknown} */
            format: "csv" | "parquet" | "xlsx";
            /** @description What the report takes, as GET /v1/reports lists it. */
            arguments?: {
                [key: string]: string;
            };
            /**
             * @description quiet: within a day, when little else is expected; `not_before` says when.
             * @default now
             * @enum {unknown}
             */
            when?: "now" | "quiet";
        };
        NewRosterImport: {
            /** @description A complete upload of the caller's: a zip of OneRoster 1.1 or 1.2 CSV files, 512 MiB at most. */
            upload_id: string;
            /**
             * @description Which system it comes from; `oneroster` unless said. `granted` and `federation` are the institution's own.
             * @default oneroster
             */
            source?: string;
        };
        NewSigningKey: {
            /**
             * @description Without it: the newest key's.
             * @enum {unknown}
             */
            algorithm?: "EdDSA" | "ES256";
            /** @description From its publication to its first signature; 900 unless said. With less, verifiers that keep the key set meet a `kid` that they do not know. */
            announce_seconds?: number;
        };
        NewTenant: {
            /** @description The first label of its host name. */
            slug: string;
            name: string;
            /** @description IANA time zone: a due date ends with its day. */
            zone: string;
            /** @description BCP 47; `en` unless said. */
            locale?: string;
            /** @description Beside the slug's: domains of its own in ASCII form, and former slugs that still lead here. No other institution has them. */
            hosts?: string[];
            /** @description Of the institution's people together, and of each of them; null: none. */
            quotas?: {
                tenant?: components["schemas"]["RequestRate"] | null;
                principal?: components["schemas"]["RequestRate"] | null;
            };
        };
        NextBell: {
            /** @description The next period that begins on a school day, whether or not lessons take place in it; null: there is no timetable, or none of its school days is left. */
            bell: {
                /** Format: date-time */
                at: string;
                /** Format: date */
                date: string;
                period: string;
            } | null;
            /** @description The caller's next lesson within four weeks. */
            lesson: components["schemas"]["Occurrence"] | null;
        };
        Notice: {
            notice_id: string;
            /** @enum {string} */
            kind: "grade_released" | "announcement";
            /** @description Of grade_released. */
            assignment_id?: string;
            /** @description Of announcement. */
            announcement_id?: string;
            section_id?: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            read_at: string | null;
        };
        NoticePage: {
            data: components["schemas"]["Notice"][];
            next: string | null;
            /** @description 100: as many, or more. */
            unread: number;
        };
        NoticePolicy: {
            /** @description Are students told by mail that a result was released? It never says which. */
            grade_mails: boolean;
            /** @description Are students told by mail that there is an announcement? */
            announcement_mails: boolean;
        };
        NoticePolicyChange: {
            grade_mails: boolean;
            announcement_mails: boolean;
        };
        NoticesRead: {
            notice_ids?: string[];
            /** @description This one and all that are older. */
            up_to?: string;
        } & (unknown | unknown);
        NoticesUnread: {
            unread: number;
        };
        Occurrence: {
            lesson_id: string;
            section_id: string;
            section_title: string;
            /** Format: date */
            date: string;
            period: string;
            /** Format: date-time */
            begins_at: string;
            /** Format: date-time */
            ends_at: string;
            room: string | null;
            teacher_id: string | null;
            teacher_name: string | null;
            /** @description Another teacher or room than usual, on this day. */
            changed: boolean;
            /** @description It does not take place on this day, and would have been then. In /v1/occurrences alone: the other answers have none that are cancelled among their lessons. */
            cancelled: boolean;
        };
        OccurrenceList: {
            data: components["schemas"]["Occurrence"][];
        };
        OperatorDeadLetters: {
            data: {
                tenant_id: string;
                /** @description The institution's, as this process knows it; null: it is newer. */
                slug: string | null;
                kind: string;
                /** @description Of the last attempt. */
                error: string;
                count: number;
                /** Format: date-time */
                oldest_created_at: string;
            }[];
            /** @description Dead letters that match, of all reasons; counted up to 200,000. */
            letters: number;
            /** @description Institutions, kinds and reasons that match: as many items there would be without `limit`. */
            reasons: number;
        };
        OperatorEventPage: {
            data: {
                /** Format: date-time */
                at: string;
                /** @description The operator token's id and name, `command line`, or `schedule`. */
                actor: string;
                /**
                 * @example tenant.created
                 * @example operator_token.revoked
                 * @example signing_key.announced
                 */
                action: string;
                /** @description The institution's id, the operator token's, the outage's, or the signing key's `kid`; empty if `details` name it. */
                subject: string;
                details: Record<string, never>;
            }[];
            next: string | null;
        };
        OperatorForecast: {
            model: number;
            /**
             * Format: date-time
             * @description null: there is no forecast that is not stale; scale as without one.
             */
            made_at: string | null;
            /** Format: date-time */
            as_of: string;
            within_minutes: number;
            /** @description Looked at. */
            institutions: number;
            /** @description Empty without a forecast. */
            kinds: {
                /** @enum {unknown} */
                kind: "password" | "refresh" | "provider" | "page_read" | "submission" | "live_join" | "job";
                /** @description Institutions of which it is unknown, and which are not in the figures. */
                unknown: number;
                /** @description Institutions of which fewer than five school days have been seen. */
                prior: number;
                history: number;
                /** @description The busiest expected minute of those asked about. */
                peak: {
                    /** Format: date-time */
                    at: string;
                    expected: number;
                    low: number;
                    /** @description Scale for this one. */
                    high: number;
                };
                /** @description What the busiest of them is as likely to exceed as not, were the expected exactly right. */
                likely_peak: number;
                week_peak: {
                    /** Format: date-time */
                    at: string;
                    expected: number;
                };
                score: components["schemas"]["ForecastScore"];
            }[];
            /** @description What this process's parts are told to prepare for. */
            hints: {
                /**
                 * Format: date-time
                 * @description null: there is no hint that holds, and all do as without one.
                 */
                made_at: string | null;
                /** Format: date-time */
                valid_until: string | null;
                /** @description Who acts on it here: jobs, recorder, long requests. */
                listeners: string[];
            };
        };
        OperatorOutage: {
            outage_id: string;
            /** @enum {unknown} */
            service: "auth" | "api" | "intake" | "declared";
            /** @description Of a declared one. */
            reason: string | null;
            /** Format: date-time */
            began_at: string;
            /** Format: date-time */
            ended_at: string;
            /** @description false: a process that worked meanwhile may still say so. */
            final: boolean;
            /** @description Every institution has been given its time back. A measured one of more than 24 hours is not until an operator declares it. */
            settled: boolean;
        };
        OperatorOutageList: {
            services: {
                /** @enum {unknown} */
                service: "auth" | "api" | "intake";
                /**
                 * Format: date-time
                 * @description When a process last said so.
                 */
                works_until: string;
                works: boolean;
            }[];
            /** @description The latest 200, the latest first. */
            data: components["schemas"]["OperatorOutage"][];
        };
        OutageList: {
            /** @description The latest first. */
            data: {
                outage_id: string;
                /**
                 * @description What was away: signing in, reading, handing in; or declared by the operator.
                 * @enum {unknown}
                 */
                service: "auth" | "api" | "intake" | "declared";
                /** @description Of a declared one. */
                reason: string | null;
                /** Format: date-time */
                began_at: string;
                /** Format: date-time */
                ended_at: string;
                /**
                 * Format: date-time
                 * @description null: being worked on.
                 */
                given_back_at: string | null;
                /** @description Given: one for an assignment and its whole section. */
                section_extensions: number;
                /** @description Given: one for an assignment and a student who had longer than the section. */
                student_extensions: number;
            }[];
            /** @description The cursor of the next page; null on the last. */
            next: string | null;
        };
        Overview: {
            /**
             * Format: date-time
             * @description As of then; a document is shown for a second.
             */
            at: string;
            process: components["schemas"]["OverviewProcess"];
            /** @description May this process be sent work, as /readyz says. */
            ready: boolean;
            not_ready_because: string | null;
            /** @description Threads with a queue: a part's budget. */
            lanes: components["schemas"]["OverviewLane"][];
            journal: components["schemas"]["OverviewJournal"];
            recorder: components["schemas"]["OverviewRecorder"];
            database: components["schemas"]["OverviewDatabase"];
            /** @description Of the database; empty: none is configured. */
            replicas: components["schemas"]["OverviewReplica"][];
            jobs: components["schemas"]["OverviewJobs"];
            heads: components["schemas"]["OverviewHeads"];
            archive: components["schemas"]["OverviewArchive"];
            clock: components["schemas"]["OverviewClock"];
            revocations: components["schemas"]["OverviewRevocations"];
            directory: components["schemas"]["OverviewDirectory"];
            audit: components["schemas"]["OverviewAudit"];
            mail: components["schemas"]["OverviewMail"];
            events: components["schemas"]["OverviewEvents"];
            first_pages: components["schemas"]["OverviewFirstPages"];
            reports: components["schemas"]["OverviewReports"];
        };
        OverviewArchive: {
            /** @description Number of the newest record in it. */
            archived_seq: components["schemas"]["Figure"];
            /** @description The last file could not be written. */
            failing: components["schemas"]["Figure"];
        };
        OverviewAudit: {
            /** @description Events of sign-ins that are not written yet. */
            queued: components["schemas"]["Figure"];
            /** @description The queue was full; since the process began. */
            lost: components["schemas"]["Figure"];
            /** @description The last batch could not be written. */
            failing: components["schemas"]["Figure"];
        };
        OverviewClock: {
            /** @description The kernel says so. */
            synchronised: components["schemas"]["Figure"];
            /** @description How far off it may be. */
            error_seconds: components["schemas"]["Figure"];
        };
        OverviewDatabase: {
            /** @description The primary answered when it was asked for this document. */
            reachable: components["schemas"]["Figure"];
            /** @description How long it took to count jobs and workers. */
            answered_in_ms: components["schemas"]["Figure"];
            /** @description The highest that was seen: one more after each failover. */
            timeline: components["schemas"]["Figure"];
            /** @description Pairs of a lane and a server that are left alone for now: work fails at once. */
            breakers_open: components["schemas"]["Figure"];
        };
        OverviewDirectory: {
            /** @description Institutions that this process knows. */
            tenants: components["schemas"]["Figure"];
            /** @description When the database last confirmed them. */
            as_of: components["schemas"]["Figure"];
            /** @description `file`: no database has confirmed them since the process began. */
            source: components["schemas"]["Figure"];
        };
        OverviewEvents: {
            /** @description Open now. */
            streams: components["schemas"]["Figure"];
            /** @description Looks for news that had no answer, since the process began. */
            questions_failed: components["schemas"]["Figure"];
        };
        OverviewFirstPages: {
            /** @description First pages in memory. */
            packs: components["schemas"]["Figure"];
            /** @description Of them. */
            bytes: components["schemas"]["Figure"];
            /** @description Beyond it none is kept. */
            bytes_limit: components["schemas"]["Figure"];
            /** @description Pages answered from memory, since the process began. */
            from_memory: components["schemas"]["Figure"];
            /** @description Pages that were read, since the process began. */
            from_database: components["schemas"]["Figure"];
            /** @description Before a bell, since the process began. */
            prepared: components["schemas"]["Figure"];
            /** @description Read and not kept, for want of room, since the process began. */
            over_budget: components["schemas"]["Figure"];
            /** @description Changes are heard of; without that every page is read from the database. */
            heard: components["schemas"]["Figure"];
        };
        OverviewHeads: {
            /** @description Commit groups under the last published head of the journal. */
            published_size: components["schemas"]["Figure"];
            /** @description When it was published. */
            published_at: components["schemas"]["Figure"];
            /** @description No head can be published. */
            failing: components["schemas"]["Figure"];
            /** @description Witnesses outside that did not take the last head. */
            witnesses_failing: components["schemas"]["Figure"];
        };
        OverviewJobKind: {
            /** @description Due by now, counted up to 100,000. */
            waiting: components["schemas"]["Figure"];
            /** @description How long the first has waited; 0: none. */
            oldest_seconds: components["schemas"]["Figure"];
            /** @description Until all that wait now are done, at the present rate. */
            left_seconds: components["schemas"]["Figure"];
            /** @description Held by live workers now. */
            running: components["schemas"]["Figure"];
            /** @description Completed by all workers, in the last seconds. */
            per_second: components["schemas"]["Figure"];
            /** @description Dead letters: nobody tries them any more. */
            dead: components["schemas"]["Figure"];
            /** @description An operator decided so: no more of this kind is begun. */
            paused: components["schemas"]["Figure"];
            /** @description So many run at once at most, as an operator decided. */
            at_once: components["schemas"]["Figure"];
            kind: string;
        };
        OverviewJobs: {
            /** @description Due by now, of all institutions; of a kind counted up to 100,000. */
            waiting: components["schemas"]["Figure"];
            /** @description How long the first has waited; 0: none. */
            oldest_seconds: components["schemas"]["Figure"];
            /** @description Held by live workers now. */
            running: components["schemas"]["Figure"];
            /** @description Dead letters: nobody tries them any more; counted up to 100,000. */
            dead: components["schemas"]["Figure"];
            /** @description Live ones, of all processes. */
            workers: components["schemas"]["Figure"];
            /** @description Empty too while the database does not answer. */
            kinds: components["schemas"]["OverviewJobKind"][];
            /** @description At most 200; empty too while the database does not answer. */
            workers_alive: {
                name: string;
                running: number;
            }[];
        };
        OverviewJournal: {
            /** @description Which journal this is: a random number, made when it was. */
            epoch: components["schemas"]["Figure"];
            /** @description What an answer promises now; docs/durability.md says what that is. */
            durability: components["schemas"]["Figure"];
            /** @description Number of the newest durable record. */
            durable_seq: components["schemas"]["Figure"];
            /** @description Commit groups: writes that were synced. */
            groups: components["schemas"]["Figure"];
            /** @description Accepted and not durable yet. */
            queued: components["schemas"]["Figure"];
            /** @description In use. */
            bytes_used: components["schemas"]["Figure"];
            /** @description Beyond it submissions are refused. */
            bytes_limit: components["schemas"]["Figure"];
            /** @description Until it is full, at its growth in the last 5 minutes. */
            left_seconds: components["schemas"]["Figure"];
            /** @description Of the disk that it lies on, for this process. */
            disk_free_bytes: components["schemas"]["Figure"];
            /** @description A write or sync failed: nothing is accepted until a new process has recovered it. */
            sealed: components["schemas"]["Figure"];
            /** @description Nothing more is accepted until there is room. */
            full: components["schemas"]["Figure"];
            /** @description The follower has what is acknowledged; not: it is away or far behind. */
            follower_in_step: components["schemas"]["Figure"];
            /** @description Commit groups that the follower has not. */
            follower_groups_behind: components["schemas"]["Figure"];
        };
        OverviewLane: {
            /** @description Threads, each with its database connection. */
            threads: components["schemas"]["Figure"];
            /** @description In work now. */
            running: components["schemas"]["Figure"];
            /** @description Waiting now. */
            queued: components["schemas"]["Figure"];
            /** @description How many may wait; more are refused. */
            queue_limit: components["schemas"]["Figure"];
            /** @description How long the one that waits longest has waited. */
            oldest_seconds: components["schemas"]["Figure"];
            /** @description Taken by a thread, since the process began. */
            started: components["schemas"]["Figure"];
            /** @description Never started, since the process began: the queue was full, or it would have come too late. */
            refused: components["schemas"]["Figure"];
            /** @description Their deadline passed in the queue, since the process began. */
            expired: components["schemas"]["Figure"];
            name: string;
        };
        OverviewMail: {
            /** @description By the last attempt. */
            server_reached: components["schemas"]["Figure"];
            /** @description The outbox could not be looked into. */
            failing: components["schemas"]["Figure"];
        };
        OverviewProcess: {
            version: string;
            /** @description Host and process. */
            instance: string;
            /** Format: date-time */
            started_at: string;
            roles: string[];
        };
        OverviewRecorder: {
            /** @description Number of the newest record that is in the database. */
            recorded_seq: components["schemas"]["Figure"];
            /** @description Durable and not in the database yet. */
            behind: components["schemas"]["Figure"];
            /** @description Since the oldest of those became durable: how late what was handed in is shown. */
            oldest_unrecorded_seconds: components["schemas"]["Figure"];
            /** @description Refused by the database, waiting for an operator. */
            set_aside: components["schemas"]["Figure"];
            /** @description Its last attempt did not reach the database. */
            failing: components["schemas"]["Figure"];
        };
        OverviewReplica: {
            /** @description As who keeps it says: building, catching up, streaming or broken. */
            state: components["schemas"]["Figure"];
            /** @description Behind the primary. */
            lag_seconds: components["schemas"]["Figure"];
            /** @description Of the primary's log, not replayed yet. */
            lag_bytes: components["schemas"]["Figure"];
            name: string;
            /** @description Why it is broken. */
            reason: string | null;
        };
        OverviewReports: {
            /** @description `streaming`: they follow the database; `snapshot`: they are copied from it anew, and tell what was before; `rewriting`: what was deleted goes from their file; `waiting`, `stopped`: they stand still. */
            state: components["schemas"]["Figure"];
            /** @description How long ago it is what they tell. */
            lag_seconds: components["schemas"]["Figure"];
            /** @description Of log, that the primary keeps until they have read it. */
            slot_behind_bytes: components["schemas"]["Figure"];
            /** @description Of log, until the primary keeps no more, and they are copied anew. */
            slot_left_bytes: components["schemas"]["Figure"];
            /** @description Rows with a value that cannot stand there: no report has them. */
            set_aside: components["schemas"]["Figure"];
            /** @description Copies, since their process began. */
            snapshots: components["schemas"]["Figure"];
            /** @description Reports that were run, since their process began. */
            run: components["schemas"]["Figure"];
            /** @description Answered again with what was just answered, since their process began. */
            kept: components["schemas"]["Figure"];
            /** @description Reports that came to nothing, since their process began. */
            failed: components["schemas"]["Figure"];
            /** @description Too many waited, since their process began. */
            turned_away: components["schemas"]["Figure"];
            /** @description In use by their store. */
            memory_bytes: components["schemas"]["Figure"];
            /** @description Of their store, on its disk. */
            file_bytes: components["schemas"]["Figure"];
            /** @description Why they do not follow the database. */
            reason: string | null;
        };
        OverviewRevocations: {
            /** @description What was revoked up to this number is known here. */
            seen_epoch: components["schemas"]["Figure"];
            /** @description Since the database last said that all is known here; from 2 on nothing sensitive is done. */
            silent_seconds: components["schemas"]["Figure"];
            /** @description The last question had no answer. */
            failing: components["schemas"]["Figure"];
        };
        OwnGrade: {
            assignment_id: string;
            /** @description Counts what was released of this work. */
            number: number;
            /** Format: date-time */
            released_at: string;
            points: number;
            points_max: number;
            items: components["schemas"]["GradeItems"];
            feedback: string;
            /**
             * Format: date-time
             * @description Until then one may ask for another look; null: not at all.
             */
            regrade_until: string | null;
            regrade_request: components["schemas"]["RegradeRequest"] | null;
        };
        OwnGradeList: {
            data: {
                assignment_id: string;
                title: string;
                section_title: string;
                /** @description Counts what was released of this work. */
                number: number;
                /** Format: date-time */
                released_at: string;
                points: number;
                points_max: number;
            }[];
            /** @description The cursor of the next page; null on the last. */
            next: string | null;
        };
        Pass: {
            /**
             * @description Tell what would change, and change nothing.
             * @default false
             */
            dry_run?: boolean;
            /** @description `next` of the answer before. */
            after?: string;
        };
        PassOutcome: {
            dry_run: boolean;
            examined: number;
            changed: {
                work_id: string;
                /** @description The result; null: there was none. */
                before: number | null;
                after: number | null;
                /** @description The student was told one already: release the new one, with a reason. */
                released: boolean;
            }[];
            /** @description Wait for a marker. */
            by_hand: string[];
            /** @description Where to go on; null: all works have been looked at. */
            next: string | null;
        };
        PasswordChange: {
            /**
             * Format: password
             * @description At most 1024 bytes of UTF-8.
             */
            current_password: string;
            /**
             * Format: password
             * @description At most 1024 bytes of UTF-8; as long as the institution's policy asks, and none that others try first.
             */
            new_password: string;
            /** @description As at sign-in, of the new session. */
            device?: string;
            /**
             * @description As at sign-in. Without it: where the access token of this request stood.
             * @enum {unknown}
             */
            mode?: "bearer" | "cookie";
        };
        /** @description A link's `token`, or `username` and `code`. */
        PasswordChoice: {
            /** @description What stands behind `#token=` in the link. */
            token?: string;
            /** @description As in the roster; case does not count. At most 255 bytes of UTF-8. */
            username?: string;
            /** @description Of a card (10 characters) or a class (6). Case, blanks and dashes do not count. */
            code?: string;
            /**
             * Format: password
             * @description At most 1024 bytes of UTF-8; as long as the institution's policy asks, and none that others try first.
             */
            new_password: string;
        };
        PasswordPolicy: {
            /** @description Of whoever is anything but a student, in characters. */
            staff_chars_min: number;
            /** @description Under 8 for young pupils; such passwords are not looked for among leaked ones. */
            student_chars_min: number;
            /** @description How long a session lives that is begun on a shared device. */
            shared_device_minutes: number;
        };
        PasswordPolicyChange: {
            /** @description Of whoever is anything but a student, in characters. */
            staff_chars_min?: number;
            /** @description Under 8 for young pupils; such passwords are not looked for among leaked ones. */
            student_chars_min?: number;
            /** @description How long a session lives that is begun on a shared device. */
            shared_device_minutes?: number;
        };
        /** @description One of the two. */
        PasswordResetRequest: {
            /** @description As in the roster; case does not count. At most 255 bytes of UTF-8. */
            username?: string;
            /** @description As in the roster; case does not count. Each person with this address gets a link. At most 254 bytes of UTF-8. */
            email?: string;
        };
        Person: {
            user_id: string;
            username: string;
            given_name: string;
            family_name: string;
            email: string | null;
            /** @description In the roster, and enabled there: else they cannot sign in. */
            active: boolean;
            roles: ("student" | "teacher" | "administrator")[];
            has_password: boolean;
            has_second_factor: boolean;
            /**
             * Format: date-time
             * @description The newest sign-in that is still known; a session is forgotten some weeks after its end.
             */
            signed_in_at: string | null;
            /**
             * Format: date-time
             * @description When the invitation that was sent to them ends; null: none is open.
             */
            invited_until: string | null;
        };
        PersonPage: {
            data: components["schemas"]["Person"][];
            /** @description `cursor` of the next page. */
            next: string | null;
        };
        PersonRecord: {
            user_id: string;
            username: string;
            given_name: string;
            family_name: string;
            email: string | null;
            /** @description In the roster, and enabled there: else they cannot sign in. */
            active: boolean;
            roles: ("student" | "teacher" | "administrator")[];
            has_password: boolean;
            has_second_factor: boolean;
            /**
             * Format: date-time
             * @description The newest sign-in that is still known; a session is forgotten some weeks after its end.
             */
            signed_in_at: string | null;
            /**
             * Format: date-time
             * @description When the invitation that was sent to them ends; null: none is open.
             */
            invited_until: string | null;
            /** @description The system that they come from. */
            source: string;
            /** @description What that system calls them. */
            sourced_id: string;
            /** @description How many accounts at other providers they can sign in with. */
            identities: number;
            /** @description What makes them what they are. */
            role_sources: {
                /**
                 * @description What it counts for here; null: nothing.
                 * @enum {unknown}
                 */
                role: "student" | "teacher" | "administrator" | null;
                /** @description OneRoster's name of it. */
                name: string;
                org: string;
                source: string;
                /** @description By an administrator, here: else by the roster, and changed there. */
                granted: boolean;
            }[];
            sections: {
                section_id: string;
                title: string;
                class_code: string;
                /** @description OneRoster's: student, teacher, proctor, administrator. */
                role: string;
                active: boolean;
                /** Format: date */
                begin_date: string | null;
                /**
                 * Format: date
                 * @description The first day that it holds no more.
                 */
                end_date: string | null;
            }[];
        };
        /** @description What playing was like at one edge. Each number only grows. */
        PlayerQuality: {
            /** @description Host and port of its address; those that we do not have count as one. */
            edge: string;
            /** @description From asking until the first picture. */
            startup_ms?: number;
            stalls?: number;
            stalled_ms?: number;
            /** @description Milliseconds, by lines of the picture. */
            rungs?: {
                [key: string]: number;
            };
            /** @description How many: network, media, address, other. */
            errors?: {
                [key: string]: number;
            };
        };
        /** @description Of a structured assignment; as JSON at most 65536 bytes. Ids differ. A prompt is of at most 4000 bytes of UTF-8. */
        Questions: ({
            id?: string;
            /** @constant */
            kind?: "choice";
            prompt?: string;
            choices: string[];
        } | {
            id?: string;
            /** @constant */
            kind?: "number";
            prompt?: string;
            minimum?: number;
            maximum?: number;
        } | {
            id?: string;
            /** @constant */
            kind?: "text";
            prompt?: string;
            bytes_limit?: number;
        })[];
        Readiness: {
            ready: boolean;
        };
        /** @description Proof of receipt. It verifies offline under /.well-known/receipt-keys.json: the leaf (nonce and statement) leads over path to group.root, the group over head_path to head.root, and head is signed. */
        Receipt: {
            /** @constant */
            version: 2;
            submission_id: string;
            tenant_id: string;
            user_id: string;
            assignment_id: string;
            idempotency_key: string;
            /** Format: date-time */
            received_at: string;
            /** @enum {unknown} */
            kind: "text" | "structured" | "file";
            content_bytes: number;
            content_sha256: string;
            /**
             * @description Was this machine's clock kept by NTP?
             * @enum {unknown}
             */
            clock: "synchronised" | "unsynchronised";
            /** @description Of a synchronised clock. */
            clock_error_ms?: number;
            /** @description What is proved, as bytes in base64url. */
            statement: string;
            nonce: string;
            /** @description The leaf's number in its commit group. */
            index: number;
            path: string[];
            /** @description What was made durable together; leaf number - 1 of the journal's tree. */
            group: {
                number: number;
                first_seq: number;
                /** @description Leaves under its root. */
                size: number;
                root: string;
                /** Format: date-time */
                time: string;
                /** @enum {unknown} */
                durability: "local-fsync" | "local-fsync+follower" | "replicated";
            };
            head_path: string[];
            /** @description The journal's tree when the group was committed: a beginning of every later head's. */
            head: {
                cell: string;
                epoch: string;
                /** @description Groups under its root. */
                size: number;
                root: string;
                /** Format: date-time */
                time: string;
                /** @enum {unknown} */
                durability: "local-fsync" | "local-fsync+follower" | "replicated";
            };
            /** @description Ed25519, of the head. */
            signature: string;
            kid: string;
        };
        /** @description A JWK set (RFC 7517). */
        ReceiptKeySet: {
            keys: {
                /** @constant */
                kty: "OKP";
                /** @constant */
                crv: "Ed25519";
                /** @constant */
                use: "sig";
                /** @constant */
                alg: "EdDSA";
                kid: string;
                /** @description The public key, base64url. */
                x: string;
                /**
                 * Format: date-time
                 * @description No head after it is signed with this key.
                 */
                retired_at?: string;
            }[];
        };
        /** @description It is durable and counts; lateness and enrollment are not judged yet. */
        ReceivedSubmission: {
            submission_id: string;
            assignment_id: string;
            user_id: string;
            /**
             * Format: date-time
             * @description When its last byte came.
             */
            received_at: string;
            content_sha256: string;
            /** @constant */
            state: "received";
            receipt: components["schemas"]["Receipt"];
        };
        RecordedSubmission: {
            submission_id: string;
            assignment_id: string;
            user_id: string;
            /**
             * Format: date-time
             * @description When its last byte came.
             */
            received_at: string;
            content_sha256: string;
            /** @enum {unknown} */
            state: "recorded" | "refused";
            /**
             * @description Of a refusal, and only then.
             * @enum {unknown}
             */
            reason?: "unknown_assignment" | "not_enrolled" | "wrong_kind" | "too_large" | "too_many_files" | "not_open" | "too_late" | "attempts_used" | "answers_do_not_fit";
            /** @description Of files: the bytes of all are there. */
            files_complete?: boolean;
            /** @description Of files. `missing`: their bytes did not come in time; what comes still is kept, and told to be late. */
            file_counts?: {
                declared: number;
                awaiting: number;
                missing: number;
                infected: number;
            };
            /** @description received_at against the due instant in force when it was recorded. */
            late: boolean;
            /** Format: date-time */
            recorded_at: string;
        };
        RecordedSubmissionPage: {
            data: components["schemas"]["RecordedSubmission"][];
            /** @description The cursor of the next page; null: this was the last. */
            next: string | null;
        };
        Recording: {
            recording_id: string;
            section_id: string;
            live_class_id: string | null;
            /** @enum {unknown} */
            source: "live_class" | "upload";
            title: string;
            /** @enum {unknown} */
            state: "waiting" | "working" | "ready" | "failed";
            /** @description Of its making. */
            progress: number;
            seconds: number;
            /** @description Of all its rungs. */
            bytes: number;
            /** @description In how many places something of the class is missing. */
            gaps: number;
            /** @description From students. */
            hidden: boolean;
            version: number;
            error: {
                code: string;
                detail: string;
            } | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            ready_at: string | null;
            /**
             * Format: date-time
             * @description When it is removed; null: it stays.
             */
            expires_at: string | null;
            /** @description Of one that is asked for alone and is ready. */
            playback: {
                /** @description Of its HLS master playlist. Ask again from `renew_at` on: what a player loads after `expires_at` has the new address's beginning. */
                url: string;
                /** Format: date-time */
                expires_at: string;
                /** Format: date-time */
                renew_at: string;
            } | null;
        };
        RecordingChange: {
            title?: string;
            /** @description From students. */
            hidden?: boolean;
        };
        RecordingList: {
            data: components["schemas"]["Recording"][];
        };
        RecoveryCodes: {
            /** @description Each stands in for a code once. Shown once: print them. */
            recovery_codes: string[];
        };
        Redrive: {
            dry_run: boolean;
            /** @description Brought back, or to be. */
            count: number;
            /** @description That match and stay: beyond the limit, or another job has their unique key. */
            left: number;
            /** @description Until the last one is due. */
            over_seconds: number;
            /** @description The first 100. */
            job_ids: string[];
        };
        Refresh: {
            /** @description Of the latest answer. Without it: the cookie's. */
            refresh_token?: string;
        };
        RegradeDecision: {
            /**
             * @description `changed` releases the work's present result.
             * @enum {unknown}
             */
            outcome: "upheld" | "changed";
            /** @description For the student. At most 4000 bytes of UTF-8. */
            answer: string;
        };
        RegradePage: {
            data: components["schemas"]["RegradeRequest"][];
            /** @description The cursor of the next page; null: this was the last. */
            next: string | null;
        };
        RegradeRequest: {
            regrade_id: string;
            assignment_id: string;
            work_id: string;
            user_id: string;
            grade_number: number;
            /** @enum {unknown} */
            state: "open" | "upheld" | "changed" | "withdrawn";
            text: string;
            /** Format: date-time */
            made_at: string;
            answer: string | null;
            /** Format: date-time */
            ended_at: string | null;
        };
        RegradeText: {
            /** @description At most 4000 bytes of UTF-8. */
            text: string;
        };
        Release: {
            /** @description These, which must be ready; left out: all that are. */
            work_ids?: string[];
            /** @description Why a grade changes that was released before; needed for that. At most 500 bytes of UTF-8; for teachers. */
            reason?: string;
        };
        Released: {
            released: number;
            /** @description Their students have been told this result. */
            unchanged: number;
            not_ready: number;
            /** @description Written, where the institution wants them; everybody finds a notice. */
            mails: number;
            /** @description Everybody who handed in has a grade now, so anonymity ends. */
            identities_opened: boolean;
        };
        ReportExport: {
            export_id: string;
            report_id: string;
            /** @description The report's. */
            title: string;
            /** @enum {unknown} */
            format: "csv" | "parquet" | "xlsx";
            arguments: {
                [key: string]: string;
            };
            /** @enum {unknown} */
            when: "now" | "quiet";
            /** @enum {unknown} */
            state: "waiting" | "running" | "completed" | "failed" | "cancelled" | "expired";
            /** Format: date-time */
            not_before: string | null;
            /** @description Rows written of those that will be; null before they are counted. */
            progress: number | null;
            rows: number | null;
            bytes: number | null;
            /** @description Of the file, in hexadecimal. */
            sha256: string | null;
            /**
             * Format: date-time
             * @description The file says what was so at this moment.
             */
            as_of: string | null;
            /** @description How long ago that was when it was written. */
            lag_seconds: number | null;
            /** @description It was longer ago than it should be. */
            stale: boolean | null;
            error: {
                code: string;
                detail: string;
            } | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            finished_at: string | null;
            /**
             * Format: date-time
             * @description Until then the file is kept, unless somebody of the institution is erased: then it goes at once.
             */
            expires_at: string | null;
        };
        ReportExportPage: {
            data: components["schemas"]["ReportExport"][];
            next: string | null;
        };
        /** @description A token bucket, in each server process: `burst` requests at once, `requests_per_second` in the long run. */
        RequestRate: {
            requests_per_second: number;
            burst: number;
        };
        Resent: {
            /** @description Of the new one; the old link has ended. */
            invitation_id: string;
            user_id: string;
            /** Format: date-time */
            expires_at: string;
        };
        /** @description What the access token lets its holder be. */
        Roles: ("student" | "teacher" | "administrator")[];
        RolesChange: {
            administrator: boolean;
        };
        RosterImport: {
            import_id: string;
            /** @description Which system the package comes from: an import changes that system's rows alone. */
            source: string;
            /** @enum {unknown} */
            state: "uploaded" | "checking" | "planned" | "applying" | "applied" | "failed" | "cancelled";
            /**
             * @description Is the package the whole truth, or what changed? null: it was not opened yet.
             * @enum {unknown}
             */
            mode: "bulk" | "delta" | "mixed" | null;
            /** @description null: an operator, from the command line. */
            made_by: {
                user_id: string;
                given_name: string;
                family_name: string;
            } | null;
            /** Format: date-time */
            started_at: string;
            /** Format: date-time */
            planned_at: string | null;
            /** Format: date-time */
            finished_at: string | null;
            /** @description While it is checked or applied. `bytes` are those of the package, unpacked; `rows_total` is known once it was checked. */
            progress: {
                /** @description Such as `reading users.csv`, or `applying enrollments`; empty before the first. */
                step: string;
                rows: number;
                rows_total: number | null;
                bytes: number;
                bytes_total: number;
            } | null;
            /** @description Rows of each entity by what happens to them: added, changed, reactivated, disabled, unchanged, removed, ignored. Empty until it is planned. */
            counts: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            error: {
                code: string;
                /** @description file:line:column of the first fault, or a file; may be empty. */
                place: string;
            } | null;
            /** @description Once it is planned, or has failed; null again after 30 days, and when somebody was erased who may stand in it. */
            details: {
                /** @description What of the package is not taken in. */
                warnings: string[];
                /** @description The first rows of each entity and kind of change. */
                samples: {
                    entity: string;
                    /** @enum {unknown} */
                    change: "added" | "changed" | "reactivated" | "disabled" | "removed";
                    rows: {
                        sourced_id: string;
                        /** @description A name or a title. */
                        label: string;
                    }[];
                }[];
                /** @description Where more would be removed or disabled than is plausible: to be accepted by name. */
                losses: {
                    entity: string;
                    lost: number;
                    of: number;
                    percent: number;
                }[];
                errors: {
                    file: string;
                    line: number | null;
                    column: number | null;
                    reason: string;
                }[];
                /** @description There are more than are shown. */
                more_errors: boolean;
            } | null;
        };
        RosterImportDecision: {
            /**
             * @description That as much is removed as `losses` says.
             * @default false
             */
            accept_removals?: boolean;
        };
        RosterImportLine: {
            import_id: string;
            /** @description Which system the package comes from: an import changes that system's rows alone. */
            source: string;
            /** @enum {unknown} */
            state: "uploaded" | "checking" | "planned" | "applying" | "applied" | "failed" | "cancelled";
            /**
             * @description Is the package the whole truth, or what changed? null: it was not opened yet.
             * @enum {unknown}
             */
            mode: "bulk" | "delta" | "mixed" | null;
            /** @description null: an operator, from the command line. */
            made_by: {
                user_id: string;
                given_name: string;
                family_name: string;
            } | null;
            /** Format: date-time */
            started_at: string;
            /** Format: date-time */
            planned_at: string | null;
            /** Format: date-time */
            finished_at: string | null;
            /** @description While it is checked or applied. `bytes` are those of the package, unpacked; `rows_total` is known once it was checked. */
            progress: {
                /** @description Such as `reading users.csv`, or `applying enrollments`; empty before the first. */
                step: string;
                rows: number;
                rows_total: number | null;
                bytes: number;
                bytes_total: number;
            } | null;
            /** @description Rows of each entity by what happens to them: added, changed, reactivated, disabled, unchanged, removed, ignored. Empty until it is planned. */
            counts: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            error: {
                code: string;
                /** @description file:line:column of the first fault, or a file; may be empty. */
                place: string;
            } | null;
        };
        RosterImportPage: {
            data: components["schemas"]["RosterImportLine"][];
            /** @description `cursor` of the next page. */
            next: string | null;
        };
        Rotation: {
            names: string[];
            /**
             * @description Is the next school day (holidays are not counted) the next name's, or the next week?
             * @enum {string}
             */
            advance: "school_days" | "calendar_weeks";
            /**
             * Format: date
             * @description From this day on, which is the first name's.
             */
            starts: string;
        };
        SchoolDay: {
            /** Format: date */
            date: string;
            zone: string;
            /** @description In order; those that were cancelled one by one come last, and have neither times nor room nor teacher. What a holiday, half day or exam day takes is not here. */
            lessons: {
                lesson_id: string;
                section_id: string;
                section_title: string;
                period: string;
                cancelled: boolean;
                /** @description Another teacher or room than usual, on this day. */
                changed: boolean;
                /** Format: date-time */
                begins_at: string | null;
                /** Format: date-time */
                ends_at: string | null;
                room: string | null;
                /** @description null: whoever teaches the section. */
                teacher_id: string | null;
                teacher_name: string | null;
                usual_room: string | null;
                usual_teacher_id: string | null;
            }[];
        };
        SecondFactor: {
            /** @enum {unknown} */
            state: "none" | "begun" | "confirmed";
            /** Format: date-time */
            confirmed_at?: string;
            recovery_codes_left: number;
        };
        SecondFactorChallenge: {
            /** @description The `second_factor.challenge` of the 401. */
            challenge: string;
        };
        SecondFactorCode: {
            /** @description Six digits, or a recovery code with hyphens or without. Counts once. */
            code: string;
        };
        SecondFactorEnrolment: {
            /** @description Base32, for typing. Shown once. */
            secret: string;
            /** @description The same as authenticator apps read it from a QR code. */
            otpauth_uri: string;
        };
        SecondFactorSignIn: {
            /** @description The `second_factor.challenge` of the 401. */
            challenge: string;
            /** @description Six digits, or a recovery code with hyphens or without. Counts once. */
            code: string;
            /** @description As at sign-in. */
            device?: string;
            /**
             * @description As at sign-in.
             * @enum {unknown}
             */
            mode?: "bearer" | "cookie";
        };
        SectionAccounts: {
            section_title: string;
            data: {
                user_id: string;
                username: string;
                given_name: string;
                family_name: string;
                has_password: boolean;
                /** @description One that is open. */
                has_card: boolean;
            }[];
        };
        SectionDetails: {
            section_id: string;
            title: string;
            class_code: string;
            course: string;
            roles: ("teacher" | "student")[];
            location: string;
            school: string;
            active: boolean;
            /** @description How many teach it today. */
            teachers: number;
            /** @description How many attend it today. */
            students: number;
            terms: {
                title: string;
                /** Format: date */
                begin_date: string;
                /** Format: date */
                end_date: string;
            }[];
        };
        SectionLine: {
            section_id: string;
            title: string;
            class_code: string;
            course: string;
            roles: ("teacher" | "student")[];
        };
        SectionLinePage: {
            /** @description `roles`: the caller's, none of somebody who only administers. */
            data: components["schemas"]["SectionLine"][];
            /** @description `cursor` of the next page. */
            next: string | null;
        };
        SectionMemberPage: {
            data: {
                user_id: string;
                /** @description null: not for the caller to know. */
                username: string | null;
                given_name: string;
                family_name: string;
                roles: ("teacher" | "student")[];
            }[];
            /** @description `cursor` of the next page. */
            next: string | null;
        };
        SectionPage: {
            section_id: string;
            title: string;
            /** @description Drafts, and what is not visible yet, are shown to its teachers alone. */
            teaches: boolean;
            announcements: components["schemas"]["AnnouncementPage"];
            /** @description In their order. */
            materials: components["schemas"]["Material"][];
            /** @description By due instant; the last 100. */
            assignments: {
                assignment_id: string;
                title: string;
                kind: string;
                /**
                 * Format: date-time
                 * @description With what was granted to the caller.
                 */
                due_at: string;
                /** Format: date-time */
                opens_at: string | null;
            }[];
        };
        Session: {
            session_id: string;
            user_id: string;
            /** @description The institution. */
            tenant_id: string;
            roles: components["schemas"]["Roles"];
            /**
             * Format: date-time
             * @description The access token's end.
             */
            expires_at: string;
        };
        SessionList: {
            data: {
                session_id: string;
                device: string;
                /** Format: date-time */
                began_at: string;
                /**
                 * Format: date-time
                 * @description Signed in, or refreshed last.
                 */
                used_at: string;
                /** Format: date-time */
                expires_at: string;
                /** @description The one that this request came from. */
                current: boolean;
            }[];
        };
        SessionsEnded: {
            /** @description That went on until now. */
            sessions_ended: number;
        };
        SignIn: {
            /** @description As in the roster; case does not count. At most 255 bytes of UTF-8. */
            username: string;
            /**
             * Format: password
             * @description At most 1024 bytes of UTF-8.
             */
            password: string;
            /** @description What the session's owner will know it by, in at most 200 bytes of UTF-8. Without it: the User-Agent. */
            device?: string;
            /** @description Of the last sign-in to this account on this device: others' failed attempts then do not delay this one. Without it: the cookie's. */
            device_token?: string;
            /**
             * @description Where the tokens go: into the answer, or into cookies that scripts cannot read.
             * @enum {unknown}
             */
            mode?: "bearer" | "cookie";
            /** @description Others use this device next: the session lives as long as the institution lets it, 90 minutes at first, its cookies as long as the browser runs, and the class's teacher can end it. */
            shared_device?: boolean;
        };
        SignInMethods: {
            /** @description POST /v1/sessions is one of them. */
            password: boolean;
            data: {
                provider_id: string;
                name: string;
                /** @enum {unknown} */
                preset: "generic" | "google" | "microsoft" | "clever" | "classlink";
                /** @description Where to send the browser, on this host. */
                start: string;
            }[];
        };
        SignInPolicy: {
            /**
             * @description Must teachers and administrators sign in with a second factor? Whoever has none yet makes one at the next sign-in.
             * @enum {unknown}
             */
            staff_second_factor: "optional" | "required";
        };
        SignInPolicyChange: {
            /** @enum {unknown} */
            staff_second_factor?: "optional" | "required";
        };
        /** @description The signed root of a journal's tree. Each head's tree is the beginning of every later one's: whoever keeps one can tell whether anything before it was rewritten. */
        SignedHead: {
            cell: string;
            epoch: string;
            /** @description Commit groups under the root. */
            size: number;
            root: string;
            /**
             * Format: date-time
             * @description Of the last group.
             */
            time: string;
            /** @enum {unknown} */
            durability: "local-fsync" | "local-fsync+follower" | "replicated";
            /** @description Ed25519, of the head. */
            signature: string;
            kid: string;
        };
        SignedHeads: {
            heads: components["schemas"]["SignedHead"][];
        };
        SignedParts: {
            upload_id: string;
            /** @description Of each part but the last. */
            part_bytes: number;
            /** @description Of what is to come: what came by tus is not among them. */
            parts_count: number;
            /**
             * Format: date-time
             * @description The URLs are good until then: a PUT must have begun.
             */
            expires_at: string;
            parts: {
                number: number;
                /** @description Of its first byte in the upload. */
                offset: number;
                /** @description It has just so many. */
                bytes: number;
                /** @description PUT the part's bytes there, with their exact Content-Length and no credentials; again, if it failed. 403: it has expired, ask for another. 404: somebody else took the upload over, ask again. */
                url: string;
            }[];
        };
        SigningKey: {
            kid: string;
            /** @enum {unknown} */
            algorithm: "EdDSA" | "ES256";
            /**
             * @description Published but not signing yet; signing; verifying what it signed; or withdrawn.
             * @enum {unknown}
             */
            state: "announced" | "signing" | "retired" | "revoked";
            /** Format: date-time */
            announced_at: string;
            /** Format: date-time */
            signs_from: string;
            revoked_at: string | null;
        };
        SigningKeyList: {
            data: components["schemas"]["SigningKey"][];
        };
        SimilarityPassage: {
            /** @description The first, counted from 0. */
            word: number;
            /** @description Where it begins in the text's UTF-8. */
            byte: number;
            bytes: number;
            /** @description The first 1,000 bytes of it; null for a text that the caller may not read. */
            quote: string | null;
        };
        SimilaritySettings: {
            /**
             * @description Are texts that are handed in compared?
             * @enum {unknown}
             */
            similarity: "on" | "off";
            /** @description What all students were given: it counts on nobody's side. Changing it compares all texts anew. */
            template?: string;
        };
        /** @description The report as the storm wrote it: beside these its figures, which differ from scenario to scenario. */
        StormReport: {
            storm: string;
            /** Format: date-time */
            started_at: string;
            users: number;
            ok: boolean;
            plots: {
                title: string;
                /** @description Empty: a number. */
                unit: string;
                /** @description Best shown so. */
                logarithmic: boolean;
                lines: {
                    name: string;
                    /** @description One a second, from the start; null: nothing was measured. */
                    values: (number | null)[];
                }[];
            }[];
            /** @description What happened meanwhile. */
            marks: {
                second: number;
                what: string;
            }[];
        } & {
            [key: string]: unknown;
        };
        StormReportList: {
            data: {
                id: string;
                /** @description The scenario, such as `deadline` or `signin`. */
                storm: string | null;
                /** Format: date-time */
                started_at: string | null;
                /** @description How many took part. */
                users: number | null;
                /** @description All was as it should be. */
                ok: boolean | null;
                size_bytes: number;
                /** @description Why it cannot be shown; then all else is null. Null: it can. */
                damaged: string | null;
            }[];
            /** @description How many are kept, counted up to 10,000. */
            reports: number;
            /** @description Why there are none: nobody has kept one here. */
            missing: string | null;
        };
        SubmissionFile: {
            file_id: string;
            /** @description As declared. */
            name: string;
            size: number;
            /** @description As declared. */
            media_type: string;
            /** @description Of its bytes. Left out, as instants are, while work is marked anonymously. */
            sha256?: string;
            /**
             * @description `awaiting`: its bytes may still come in time. `missing`: they did not. `arrived`: they are there, and wait for the virus scan. `not_scanned`: this installation has none, or not for so large a file. `infected`: it goes out to nobody.
             * @enum {unknown}
             */
            state: "awaiting" | "missing" | "arrived" | "not_scanned" | "clean" | "infected";
            /** @description Its bytes came at `upload_until` or after it. */
            late: boolean;
            /**
             * Format: date-time
             * @description Bytes that come then or later are late.
             */
            upload_until?: string;
            /** Format: date-time */
            arrived_at?: string | null;
            /** @description What the virus scan found, or why there was none. */
            finding: string | null;
            /**
             * @description Whether text could be read out of it; null: nobody has looked yet.
             * @enum {unknown}
             */
            text: "text_available" | "text_unavailable" | null;
            text_problem: string | null;
        };
        SubmissionInFull: {
            submission_id: string;
            assignment_id: string;
            user_id: string;
            /**
             * Format: date-time
             * @description When its last byte came.
             */
            received_at: string;
            content_sha256: string;
            /** @enum {unknown} */
            state: "recorded" | "refused";
            /**
             * @description Of a refusal, and only then.
             * @enum {unknown}
             */
            reason?: "unknown_assignment" | "not_enrolled" | "wrong_kind" | "too_large" | "too_many_files" | "not_open" | "too_late" | "attempts_used" | "answers_do_not_fit";
            /** @description Of files: the bytes of all are there. */
            files_complete?: boolean;
            /** @description Of files. `missing`: their bytes did not come in time; what comes still is kept, and told to be late. */
            file_counts?: {
                declared: number;
                awaiting: number;
                missing: number;
                infected: number;
            };
            /** @description received_at against the due instant in force when it was recorded. */
            late: boolean;
            /** Format: date-time */
            recorded_at: string;
            /** @description Of files: what `content_sha256` is of, byte for byte. */
            declaration?: string;
            /** @description Empty if it was refused. */
            files?: components["schemas"]["SubmissionFile"][];
            text?: string;
            answers?: {
                [key: string]: string | number;
            };
            /** @description Other contents that came with the same idempotency key. */
            refused_contents: {
                content_sha256: string;
                /** @constant */
                reason: "key_reused";
                /** Format: date-time */
                received_at: string;
                /** Format: date-time */
                recorded_at: string;
            }[];
            receipt: components["schemas"]["Receipt"];
        } & (unknown | unknown | unknown);
        /** @description A text, answers or files, whichever the assignment asks for. Whether they fit it is judged when it is recorded. Files are declared here, and that is what the due instant judges; their bytes come as uploads of the same person that declare the same `sha256`, before or after. */
        SubmissionOffer: {
            assignment_id: string;
            /** @description At most 262144 bytes of UTF-8. */
            text?: string;
            /** @description By question; a string (a choice, a text) or a number. As JSON at most 262144 bytes. */
            answers?: {
                [key: string]: string | number;
            };
            /** @description No name twice. As JSON at most 65536 bytes. */
            files?: {
                /** @description At most 255 bytes of UTF-8, no path. */
                name: string;
                size: number;
                /** @default application/octet-stream */
                media_type?: string;
                /** @description Of its bytes. */
                sha256: string;
            }[];
        } & (unknown | unknown | unknown);
        SubmissionSimilarity: {
            submission_id: string;
            user_id: string;
            /**
             * Format: date-time
             * @description null: not yet, or its author has handed in another text since.
             */
            compared_at: string | null;
            words: number | null;
            /** @description Without quotations and the template. */
            words_counted: number | null;
            /** @description 0 to 1: of the words counted, those that stand in one of the texts below. */
            share: number | null;
            /** @description The most alike first. */
            data: {
                submission_id: string;
                user_id: string;
                assignment_id: string;
                score: number;
                words: number;
                /** @description Passages, by where they stand here. */
                spans: {
                    words: number;
                    here: components["schemas"]["SimilarityPassage"];
                    there: components["schemas"]["SimilarityPassage"];
                }[];
            }[];
            /** @description Are there more than these 20? */
            more: boolean;
        };
        TakenActivities: {
            /** @description How many are durable. */
            taken: number;
            /** @description false: the institution wants none of them kept; send no more before the page is opened anew. */
            kept: boolean;
        };
        Tenant: {
            tenant_id: string;
            /** @enum {string} */
            state: "active" | "suspended";
            version: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            changed_at: string;
            /** @description The first label of its host name. */
            slug: string;
            name: string;
            /** @description IANA time zone: a due date ends with its day. */
            zone: string;
            /** @description BCP 47; `en` unless said. */
            locale: string;
            /** @description Beside the slug's: domains of its own in ASCII form, and former slugs that still lead here. No other institution has them. */
            hosts: string[];
            /** @description Of the institution's people together, and of each of them; null: none. */
            quotas: {
                tenant?: components["schemas"]["RequestRate"] | null;
                principal?: components["schemas"]["RequestRate"] | null;
            };
        };
        /** @description A merge patch (RFC 7396). Another slug leaves the old one among the hosts unless `hosts` is given too. */
        TenantChange: {
            /** @description The first label of its host name. */
            slug?: string;
            name?: string;
            /** @description IANA time zone: a due date ends with its day. */
            zone?: string;
            /** @description BCP 47; `en` unless said. */
            locale?: string;
            /** @description Beside the slug's: domains of its own in ASCII form, and former slugs that still lead here. No other institution has them. */
            hosts?: string[];
            /** @description Of the institution's people together, and of each of them; null: none. */
            quotas?: {
                tenant?: components["schemas"]["RequestRate"] | null;
                principal?: components["schemas"]["RequestRate"] | null;
            };
        };
        TenantPage: {
            data: components["schemas"]["Tenant"][];
            /** @description The cursor of the next page; null: this is the last. */
            next: string | null;
        };
        Term: {
            name: string;
            /** Format: date */
            begins: string;
            /**
             * Format: date
             * @description The last day.
             */
            ends: string;
        };
        Timetable: {
            /** @description 0: the institution has no timetable yet. */
            version: number;
            /** @description IANA's name. Times of the timetable are its wall times. */
            zone: string;
            schedules: components["schemas"]["BellSchedule"][];
            /** @description Each weekday's bell schedule, Monday first; null: no school. */
            week: (string | null)[];
            /** @description Days or weeks A, B, ... that take turns; null: none do. */
            rotation: components["schemas"]["Rotation"] | null;
            terms: components["schemas"]["Term"][];
            /** @description Days that are not as their weekday says; one for a day. */
            exceptions: components["schemas"]["TimetableException"][];
            /** @description How many there are. */
            lessons: number;
        };
        TimetableChange: {
            /** @description IANA's name. Times of the timetable are its wall times. */
            zone?: string;
            schedules?: components["schemas"]["BellSchedule"][];
            /** @description Each weekday's bell schedule, Monday first; null: no school. */
            week?: (string | null)[];
            /** @description Days or weeks A, B, ... that take turns; null: none do. */
            rotation?: components["schemas"]["Rotation"] | null;
            terms?: components["schemas"]["Term"][];
            /** @description Days that are not as their weekday says; one for a day. */
            exceptions?: components["schemas"]["TimetableException"][];
        };
        TimetableConflicts: {
            data: {
                /** @enum {string} */
                kind: "teacher" | "room" | "section" | "group";
                /** @description The teacher's or section's id, the room, how many students. */
                what: string;
                first: components["schemas"]["LessonInConflict"];
                second: components["schemas"]["LessonInConflict"];
                /**
                 * Format: date-time
                 * @description The first time.
                 */
                at: string;
                times: number;
            }[];
            /** @description There are more than these. */
            more: boolean;
        };
        TimetableException: {
            /** Format: date */
            date: string;
            /**
             * @description No school; another bell schedule, and lessons whose periods it has; another bell schedule without lessons; held like another weekday, another name of the rotation, or both.
             * @enum {string}
             */
            kind: "holiday" | "half_day" | "exam_day" | "swap";
            /** @description Of a half day or an exam day. */
            schedule?: string | null;
            /**
             * @description Of a swap.
             * @enum {unknown}
             */
            weekday?: "Mo" | "Tu" | "We" | "Th" | "Fr" | "Sa" | "Su" | null;
            /** @description Of a swap. */
            rotation?: string | null;
            note?: string | null;
        };
        TimetableGeneration: {
            /**
             * @description Of a section.
             * @default 4
             */
            lessons_a_week?: number;
            /**
             * @description The same roster and seed give the same timetable.
             * @default 0
             */
            seed?: number;
            /**
             * @description Also where there are bell schedules, exceptions or lessons: they go. Terms stay.
             * @default false
             */
            replace?: boolean;
        };
        TimetableImport: {
            version: number;
            added: number;
            changed: number;
            removed: number;
            /** @description Of a calendar, events that are no holidays: they do not take the whole day, or lie outside all terms. */
            ignored: number;
            /** @description In the two weeks to come; 100: as many, or more. */
            conflicts: number;
            /** @description False of a trial. */
            written: boolean;
        };
        Today: {
            /**
             * Format: date
             * @description That it is at the institution now.
             */
            date: string;
            zone: string;
            /** @description The bell schedule that rings; null: no school. */
            schedule: string | null;
            rotation: string | null;
            exception: components["schemas"]["TimetableException"] | null;
            /** @description The caller's, in order. */
            lessons: components["schemas"]["Occurrence"][];
            /** @description The caller's lessons that were cancelled for today one by one; what a holiday, half day or exam day takes is not here: see `exception`. */
            cancelled: {
                lesson_id: string;
                section_id: string;
                section_title: string;
                period: string;
            }[];
        };
        /** @description A JWK set (RFC 7517). */
        TokenKeySet: {
            keys: {
                /** @enum {unknown} */
                kty: "OKP" | "EC";
                /** @enum {unknown} */
                crv: "Ed25519" | "P-256";
                /** @constant */
                use: "sig";
                /** @enum {unknown} */
                alg: "EdDSA" | "ES256";
                kid: string;
                /** @description The public key, base64url; of an EC key its x. */
                x: string;
                /** @description Of an EC key alone. */
                y?: string;
            }[];
        };
        Upload: {
            upload_id: string;
            /**
             * @description `joined` is made of `partial` ones.
             * @enum {unknown}
             */
            kind: "single" | "partial" | "joined";
            /**
             * @description `open`: more is to come. `refused`: its bytes were not those of `sha256`. `merged`: part of a joined one.
             * @enum {unknown}
             */
            state: "open" | "complete" | "refused" | "merged";
            size: number;
            /** @description So many bytes from the front are durable. */
            received: number;
            /** @description As declared; may be empty. */
            name: string;
            media_type: string;
            /** @description As declared, in hexadecimal digits. */
            sha256: string | null;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description It is removed then; later, if more comes before. null: it stays.
             */
            expires_at: string | null;
            /** @description What is to come may go straight to the store, in parts: POST there. null: it comes by PATCH (tus), or nothing is to come. */
            parts_path: string | null;
        };
        UploadPage: {
            data: components["schemas"]["Upload"][];
            /** @description The `cursor` of the next page; null on the last. */
            next: string | null;
            /** @description That one's uploads take up, from their creation on. */
            bytes: number;
            bytes_limit: number;
        };
        UploadParts: {
            upload_id: string;
            /** @description Of each part but the last. */
            part_bytes: number;
            /** @description Of what is to come: what came by tus is not among them. */
            parts_count: number;
            /** @description Those that are there, whole. */
            parts: {
                number: number;
                /** @description Of its first byte in the upload. */
                offset: number;
                /** @description It has just so many. */
                bytes: number;
            }[];
        };
        Walls: {
            /** Format: date-time */
            as_of: string;
            /** @description One sentence for people. */
            said: string;
            /** @description The wall that is near or reached; null: none is, as far as is known. */
            nearest: string | null;
            /** @description The nearest first; those of which nothing is known last. */
            walls: {
                /** @description sign-in, deadline, tenancy, reports. */
                wall: string;
                /**
                 * @description near: less than twice the expected peak can be done, or growth reaches it within four weeks; unknown: capacity or forecast is not known.
                 * @enum {unknown}
                 */
                standing: "unknown" | "far" | "near" | "reached";
                /** @description Capacity over the forecast's peak, of the first limit. */
                headroom: number | null;
                /** @description Of the peak, relative; null: fewer than three weeks are known. */
                growth_a_week: number | null;
                /**
                 * Format: date-time
                 * @description When that growth uses up the headroom; null: not foreseeable.
                 */
                reached_at: string | null;
                /** @description The one with the least headroom first. */
                limits: {
                    limit: string;
                    /** @description Of capacity and peak. */
                    unit: string;
                    /** @description Of this process: measured (hashes, syncs, the lanes' turns) or from a bench (processors; the evidence says which). null: it has no part in it, or too little was seen. */
                    capacity: number | null;
                    /** @description Expected in the busiest minute of the week to come (of reports: the busiest of this week and the last); null: it is not known. */
                    peak: number | null;
                    /** @description What to do when it is near. */
                    remedy: string;
                    evidence: {
                        what: string;
                        value: number | null;
                        unit: string;
                    }[];
                }[];
            }[];
        };
        Work: {
            work_id: string;
            /** @description null: it is marked anonymously. */
            user_id: string | null;
            /** @enum {unknown} */
            lane: "marking" | "regrade" | "released";
            /** @enum {unknown} */
            state: "unmarked" | "being_marked" | "waiting_for_second" | "differs" | "ready";
            handed_in: boolean;
            late: boolean;
            /** @description The result, of a ready one. */
            points: number | null;
            /** @description What the student was told last. */
            released_points: number | null;
            /**
             * @description The caller's.
             * @enum {unknown}
             */
            own_mark: "draft" | "done" | null;
            submission_id: string | null;
            /** Format: date-time */
            received_at: string | null;
            text?: string;
            answers?: {
                [key: string]: string | number;
            };
            files?: components["schemas"]["SubmissionFile"][];
            marks: components["schemas"]["Mark"][];
        };
        WorkPage: {
            data: {
                work_id: string;
                /** @description null: it is marked anonymously. */
                user_id: string | null;
                /** @enum {unknown} */
                lane: "marking" | "regrade" | "released";
                /** @enum {unknown} */
                state: "unmarked" | "being_marked" | "waiting_for_second" | "differs" | "ready";
                handed_in: boolean;
                late: boolean;
                /** @description The result, of a ready one. */
                points: number | null;
                /** @description What the student was told last. */
                released_points: number | null;
                /**
                 * @description The caller's.
                 * @enum {unknown}
                 */
                own_mark: "draft" | "done" | null;
            }[];
            /** @description The cursor of the next page; null: this was the last. */
            next: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type Problem = components['schemas']['Problem'];
export type ProblemCode = components['schemas']['ProblemCode'];
export type AccessToken = components['schemas']['AccessToken'];
export type Activity = components['schemas']['Activity'];
export type ActivityBatch = components['schemas']['ActivityBatch'];
export type ActivityPolicy = components['schemas']['ActivityPolicy'];
export type Announcement = components['schemas']['Announcement'];
export type AnnouncementChange = components['schemas']['AnnouncementChange'];
export type AnnouncementPage = components['schemas']['AnnouncementPage'];
export type AnswerKey = components['schemas']['AnswerKey'];
export type Assignment = components['schemas']['Assignment'];
export type AssignmentChange = components['schemas']['AssignmentChange'];
export type AssignmentPage = components['schemas']['AssignmentPage'];
export type AssignmentSimilarity = components['schemas']['AssignmentSimilarity'];
export type Bell = components['schemas']['Bell'];
export type BellBoard = components['schemas']['BellBoard'];
export type BellList = components['schemas']['BellList'];
export type BellSchedule = components['schemas']['BellSchedule'];
export type Branding = components['schemas']['Branding'];
export type BrandingChange = components['schemas']['BrandingChange'];
export type CalendarFeed = components['schemas']['CalendarFeed'];
export type CalendarFeedList = components['schemas']['CalendarFeedList'];
export type Cards = components['schemas']['Cards'];
export type CardsRequest = components['schemas']['CardsRequest'];
export type ClassCode = components['schemas']['ClassCode'];
export type ClassCodeRequest = components['schemas']['ClassCodeRequest'];
export type ClassCodeState = components['schemas']['ClassCodeState'];
export type ConsistencyProof = components['schemas']['ConsistencyProof'];
export type Criteria = components['schemas']['Criteria'];
export type DeadLetters = components['schemas']['DeadLetters'];
export type DeadlineLoad = components['schemas']['DeadlineLoad'];
export type Departure = components['schemas']['Departure'];
export type Extension = components['schemas']['Extension'];
export type ExtensionGrant = components['schemas']['ExtensionGrant'];
export type ExtensionList = components['schemas']['ExtensionList'];
export type FederationExchange = components['schemas']['FederationExchange'];
export type Figure = components['schemas']['Figure'];
export type FileLink = components['schemas']['FileLink'];
export type FirstPage = components['schemas']['FirstPage'];
export type Forecast = components['schemas']['Forecast'];
export type ForecastScore = components['schemas']['ForecastScore'];
export type GeneratedTimetable = components['schemas']['GeneratedTimetable'];
export type GradeHistory = components['schemas']['GradeHistory'];
export type GradeItems = components['schemas']['GradeItems'];
export type Heartbeat = components['schemas']['Heartbeat'];
export type IdentityLink = components['schemas']['IdentityLink'];
export type IdentityList = components['schemas']['IdentityList'];
export type IdentityProvider = components['schemas']['IdentityProvider'];
export type IdentityProviderDescription = components['schemas']['IdentityProviderDescription'];
export type IdentityProviderList = components['schemas']['IdentityProviderList'];
export type Institution = components['schemas']['Institution'];
export type InvitationPage = components['schemas']['InvitationPage'];
export type Invite = components['schemas']['Invite'];
export type Invited = components['schemas']['Invited'];
export type Job = components['schemas']['Job'];
export type JobBacklog = components['schemas']['JobBacklog'];
export type JobPage = components['schemas']['JobPage'];
export type JoinedLiveClass = components['schemas']['JoinedLiveClass'];
export type Lesson = components['schemas']['Lesson'];
export type LessonChange = components['schemas']['LessonChange'];
export type LessonDay = components['schemas']['LessonDay'];
export type LessonInConflict = components['schemas']['LessonInConflict'];
export type LessonPage = components['schemas']['LessonPage'];
export type LiveAttendance = components['schemas']['LiveAttendance'];
export type LiveAttendanceList = components['schemas']['LiveAttendanceList'];
export type LiveBoard = components['schemas']['LiveBoard'];
export type LiveClass = components['schemas']['LiveClass'];
export type LiveClassList = components['schemas']['LiveClassList'];
export type LiveClassPlan = components['schemas']['LiveClassPlan'];
export type LiveLesson = components['schemas']['LiveLesson'];
export type MadeCalendarFeed = components['schemas']['MadeCalendarFeed'];
export type Mark = components['schemas']['Mark'];
export type MarkEdit = components['schemas']['MarkEdit'];
export type Marking = components['schemas']['Marking'];
export type MarkingChange = components['schemas']['MarkingChange'];
export type Material = components['schemas']['Material'];
export type MaterialChange = components['schemas']['MaterialChange'];
export type Me = components['schemas']['Me'];
export type NewAnnouncement = components['schemas']['NewAnnouncement'];
export type NewAssignment = components['schemas']['NewAssignment'];
export type NewBell = components['schemas']['NewBell'];
export type NewCalendarFeed = components['schemas']['NewCalendarFeed'];
export type NewLesson = components['schemas']['NewLesson'];
export type NewLessonDay = components['schemas']['NewLessonDay'];
export type NewLiveLesson = components['schemas']['NewLiveLesson'];
export type NewMaterial = components['schemas']['NewMaterial'];
export type NewOperatorRedrive = components['schemas']['NewOperatorRedrive'];
export type NewOutage = components['schemas']['NewOutage'];
export type NewRecording = components['schemas']['NewRecording'];
export type NewRedrive = components['schemas']['NewRedrive'];
export type NewReportExport = components['schemas']['NewReportExport'];
export type NewRosterImport = components['schemas']['NewRosterImport'];
export type NewSigningKey = components['schemas']['NewSigningKey'];
export type NewTenant = components['schemas']['NewTenant'];
export type NextBell = components['schemas']['NextBell'];
export type Notice = components['schemas']['Notice'];
export type NoticePage = components['schemas']['NoticePage'];
export type NoticePolicy = components['schemas']['NoticePolicy'];
export type NoticePolicyChange = components['schemas']['NoticePolicyChange'];
export type NoticesRead = components['schemas']['NoticesRead'];
export type NoticesUnread = components['schemas']['NoticesUnread'];
export type Occurrence = components['schemas']['Occurrence'];
export type OccurrenceList = components['schemas']['OccurrenceList'];
export type OperatorDeadLetters = components['schemas']['OperatorDeadLetters'];
export type OperatorEventPage = components['schemas']['OperatorEventPage'];
export type OperatorForecast = components['schemas']['OperatorForecast'];
export type OperatorOutage = components['schemas']['OperatorOutage'];
export type OperatorOutageList = components['schemas']['OperatorOutageList'];
export type OutageList = components['schemas']['OutageList'];
export type Overview = components['schemas']['Overview'];
export type OverviewArchive = components['schemas']['OverviewArchive'];
export type OverviewAudit = components['schemas']['OverviewAudit'];
export type OverviewClock = components['schemas']['OverviewClock'];
export type OverviewDatabase = components['schemas']['OverviewDatabase'];
export type OverviewDirectory = components['schemas']['OverviewDirectory'];
export type OverviewEvents = components['schemas']['OverviewEvents'];
export type OverviewFirstPages = components['schemas']['OverviewFirstPages'];
export type OverviewHeads = components['schemas']['OverviewHeads'];
export type OverviewJobKind = components['schemas']['OverviewJobKind'];
export type OverviewJobs = components['schemas']['OverviewJobs'];
export type OverviewJournal = components['schemas']['OverviewJournal'];
export type OverviewLane = components['schemas']['OverviewLane'];
export type OverviewMail = components['schemas']['OverviewMail'];
export type OverviewProcess = components['schemas']['OverviewProcess'];
export type OverviewRecorder = components['schemas']['OverviewRecorder'];
export type OverviewReplica = components['schemas']['OverviewReplica'];
export type OverviewReports = components['schemas']['OverviewReports'];
export type OverviewRevocations = components['schemas']['OverviewRevocations'];
export type OwnGrade = components['schemas']['OwnGrade'];
export type OwnGradeList = components['schemas']['OwnGradeList'];
export type Pass = components['schemas']['Pass'];
export type PassOutcome = components['schemas']['PassOutcome'];
export type PasswordChange = components['schemas']['PasswordChange'];
export type PasswordChoice = components['schemas']['PasswordChoice'];
export type PasswordPolicy = components['schemas']['PasswordPolicy'];
export type PasswordPolicyChange = components['schemas']['PasswordPolicyChange'];
export type PasswordResetRequest = components['schemas']['PasswordResetRequest'];
export type Person = components['schemas']['Person'];
export type PersonPage = components['schemas']['PersonPage'];
export type PersonRecord = components['schemas']['PersonRecord'];
export type PlayerQuality = components['schemas']['PlayerQuality'];
export type Questions = components['schemas']['Questions'];
export type Readiness = components['schemas']['Readiness'];
export type Receipt = components['schemas']['Receipt'];
export type ReceiptKeySet = components['schemas']['ReceiptKeySet'];
export type ReceivedSubmission = components['schemas']['ReceivedSubmission'];
export type RecordedSubmission = components['schemas']['RecordedSubmission'];
export type RecordedSubmissionPage = components['schemas']['RecordedSubmissionPage'];
export type Recording = components['schemas']['Recording'];
export type RecordingChange = components['schemas']['RecordingChange'];
export type RecordingList = components['schemas']['RecordingList'];
export type RecoveryCodes = components['schemas']['RecoveryCodes'];
export type Redrive = components['schemas']['Redrive'];
export type Refresh = components['schemas']['Refresh'];
export type RegradeDecision = components['schemas']['RegradeDecision'];
export type RegradePage = components['schemas']['RegradePage'];
export type RegradeRequest = components['schemas']['RegradeRequest'];
export type RegradeText = components['schemas']['RegradeText'];
export type Release = components['schemas']['Release'];
export type Released = components['schemas']['Released'];
export type ReportExport = components['schemas']['ReportExport'];
export type ReportExportPage = components['schemas']['ReportExportPage'];
export type RequestRate = components['schemas']['RequestRate'];
export type Resent = components['schemas']['Resent'];
export type Roles = components['schemas']['Roles'];
export type RolesChange = components['schemas']['RolesChange'];
export type RosterImport = components['schemas']['RosterImport'];
export type RosterImportDecision = components['schemas']['RosterImportDecision'];
export type RosterImportLine = components['schemas']['RosterImportLine'];
export type RosterImportPage = components['schemas']['RosterImportPage'];
export type Rotation = components['schemas']['Rotation'];
export type SchoolDay = components['schemas']['SchoolDay'];
export type SecondFactor = components['schemas']['SecondFactor'];
export type SecondFactorChallenge = components['schemas']['SecondFactorChallenge'];
export type SecondFactorCode = components['schemas']['SecondFactorCode'];
export type SecondFactorEnrolment = components['schemas']['SecondFactorEnrolment'];
export type SecondFactorSignIn = components['schemas']['SecondFactorSignIn'];
export type SectionAccounts = components['schemas']['SectionAccounts'];
export type SectionDetails = components['schemas']['SectionDetails'];
export type SectionLine = components['schemas']['SectionLine'];
export type SectionLinePage = components['schemas']['SectionLinePage'];
export type SectionMemberPage = components['schemas']['SectionMemberPage'];
export type SectionPage = components['schemas']['SectionPage'];
export type Session = components['schemas']['Session'];
export type SessionList = components['schemas']['SessionList'];
export type SessionsEnded = components['schemas']['SessionsEnded'];
export type SignIn = components['schemas']['SignIn'];
export type SignInMethods = components['schemas']['SignInMethods'];
export type SignInPolicy = components['schemas']['SignInPolicy'];
export type SignInPolicyChange = components['schemas']['SignInPolicyChange'];
export type SignedHead = components['schemas']['SignedHead'];
export type SignedHeads = components['schemas']['SignedHeads'];
export type SignedParts = components['schemas']['SignedParts'];
export type SigningKey = components['schemas']['SigningKey'];
export type SigningKeyList = components['schemas']['SigningKeyList'];
export type SimilarityPassage = components['schemas']['SimilarityPassage'];
export type SimilaritySettings = components['schemas']['SimilaritySettings'];
export type StormReport = components['schemas']['StormReport'];
export type StormReportList = components['schemas']['StormReportList'];
export type SubmissionFile = components['schemas']['SubmissionFile'];
export type SubmissionInFull = components['schemas']['SubmissionInFull'];
export type SubmissionOffer = components['schemas']['SubmissionOffer'];
export type SubmissionSimilarity = components['schemas']['SubmissionSimilarity'];
export type TakenActivities = components['schemas']['TakenActivities'];
export type Tenant = components['schemas']['Tenant'];
export type TenantChange = components['schemas']['TenantChange'];
export type TenantPage = components['schemas']['TenantPage'];
export type Term = components['schemas']['Term'];
export type Timetable = components['schemas']['Timetable'];
export type TimetableChange = components['schemas']['TimetableChange'];
export type TimetableConflicts = components['schemas']['TimetableConflicts'];
export type TimetableException = components['schemas']['TimetableException'];
export type TimetableGeneration = components['schemas']['TimetableGeneration'];
export type TimetableImport = components['schemas']['TimetableImport'];
export type Today = components['schemas']['Today'];
export type TokenKeySet = components['schemas']['TokenKeySet'];
export type Upload = components['schemas']['Upload'];
export type UploadPage = components['schemas']['UploadPage'];
export type UploadParts = components['schemas']['UploadParts'];
export type Walls = components['schemas']['Walls'];
export type Work = components['schemas']['Work'];
export type WorkPage = components['schemas']['WorkPage'];
export type $defs = Record<string, never>;
export interface operations {
    list_sessions: {
        responses: {
            /** @description The sessions. */
            200: {
                content: {
                    "application/json": components["schemas"]["SessionList"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            header?: {
                /** @description The `waiting.ticket` of a 503: with it one goes before all of the institution who came later. */
                "Admission-Ticket"?: string;
            };
        };
        /** @description At most 8192 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Signed in. */
            201: {
                content: {
                    "application/json": components["schemas"]["AccessToken"];
                };
            };
        };
    };
    end_sessions: {
        responses: {
            /** @description All ended. */
            204: {
            };
        };
    };
    refresh_session: {
        /** @description At most 2048 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Refresh"];
            };
        };
        responses: {
            /** @description Renewed. Without a `refresh_token`: the database is away, the token lives for minutes, and the refresh token that was sent still holds. */
            201: {
                content: {
                    "application/json": components["schemas"]["AccessToken"];
                };
            };
        };
    };
    get_session: {
        responses: {
            /** @description The session. */
            200: {
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    sign_out: {
        responses: {
            /** @description Signed out. */
            204: {
            };
        };
    };
    end_session: {
        parameters: {
            path: {
                /** @description The session. */
                session_id: string;
            };
        };
        responses: {
            /** @description Done. */
            204: {
            };
        };
    };
    list_bells: {
        responses: {
            /** @description The bells. */
            200: {
                content: {
                    "application/json": components["schemas"]["BellList"];
                };
            };
        };
    };
    put_bell: {
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBell"];
            };
        };
        responses: {
            /** @description As it is now. */
            200: {
                content: {
                    "application/json": components["schemas"]["Bell"];
                };
            };
        };
    };
    remove_bell: {
        parameters: {
            path: {
                /** @description The bell's id. */
                bell_id: string;
            };
        };
        responses: {
            /** @description Removed. */
            204: {
            };
        };
    };
    get_sign_in_policy: {
        responses: {
            /** @description The policy, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["SignInPolicy"];
                };
            };
        };
    };
    change_sign_in_policy: {
        parameters: {
            header: {
                /** @description The ETag of the policy that was read. */
                "If-Match": string;
            };
        };
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInPolicyChange"];
            };
        };
        responses: {
            /** @description As it is now, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["SignInPolicy"];
                };
            };
        };
    };
    finish_sign_in: {
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecondFactorSignIn"];
            };
        };
        responses: {
            /** @description Signed in. */
            201: {
                content: {
                    "application/json": components["schemas"]["AccessToken"];
                };
            };
        };
    };
    enrol_at_sign_in: {
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecondFactorChallenge"];
            };
        };
        responses: {
            /** @description The secret. */
            201: {
                content: {
                    "application/json": components["schemas"]["SecondFactorEnrolment"];
                };
            };
        };
    };
    get_second_factor: {
        responses: {
            /** @description The state. */
            200: {
                content: {
                    "application/json": components["schemas"]["SecondFactor"];
                };
            };
        };
    };
    begin_second_factor: {
        responses: {
            /** @description The secret. */
            201: {
                content: {
                    "application/json": components["schemas"]["SecondFactorEnrolment"];
                };
            };
        };
    };
    confirm_second_factor: {
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecondFactorCode"];
            };
        };
        responses: {
            /** @description It counts. */
            201: {
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
        };
    };
    remove_second_factor: {
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecondFactorCode"];
            };
        };
        responses: {
            /** @description Removed. */
            204: {
            };
        };
    };
    lift_sign_in_delay: {
        parameters: {
            path: {
                /** @description The person. */
                user_id: string;
            };
        };
        responses: {
            /** @description Lifted, here at once and in all processes within a second. */
            204: {
            };
        };
    };
    reset_second_factor: {
        parameters: {
            path: {
                /** @description The person. */
                user_id: string;
            };
        };
        responses: {
            /** @description Taken away. */
            204: {
            };
        };
    };
    get_me: {
        responses: {
            /** @description The caller. */
            200: {
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
        };
    };
    list_token_keys: {
        responses: {
            /** @description The keys. */
            200: {
                content: {
                    "application/json": components["schemas"]["TokenKeySet"];
                };
            };
        };
    };
    list_sign_in_methods: {
        responses: {
            /** @description The methods. */
            200: {
                content: {
                    "application/json": components["schemas"]["SignInMethods"];
                };
            };
        };
    };
    start_federation: {
        parameters: {
            query?: {
                /** @description Where to go on afterwards: a path of this host, without a fragment. */
                return_to?: string;
                /** @description `cookie`: the session goes into cookies. `code`: `return_to` gets `federation_code`, for POST /v1/federation/sessions. */
                mode?: "cookie" | "code";
                /** @description Others use the browser next: the session is as short as the institution says, and its cookies end with the browser. */
                shared_device?: "true" | "false";
                /** @description With mode=code: the SHA-256 of the verifier that will be shown, in base64url. */
                challenge?: string;
            };
            path: {
                /** @description The identity provider. */
                provider_id: string;
            };
        };
        responses: {
            /** @description To the provider; with a cookie that binds the way back to this browser. */
            302: {
            };
        };
    };
    finish_federation: {
        parameters: {
            query?: {
                /** @description As it was sent along. */
                state?: string;
                /** @description What the provider gives for the tokens. */
                code?: string;
                /** @description Whose answer it is (RFC 9207). */
                iss?: string;
                /** @description Instead of a code. */
                error?: string;
            };
            path: {
                /** @description The identity provider. */
                provider_id: string;
            };
        };
        responses: {
            /** @description Signed in, by cookies; a page that goes on to `return_to`. */
            200: {
                content: {
                    "text/html": unknown;
                };
            };
            /** @description On to `return_to`, with `federation_code`. */
            303: {
            };
        };
    };
    exchange_federation_code: {
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["FederationExchange"];
            };
        };
        responses: {
            /** @description Signed in. */
            201: {
                content: {
                    "application/json": components["schemas"]["AccessToken"];
                };
            };
        };
    };
    list_identity_providers: {
        responses: {
            /** @description The providers, by name. */
            200: {
                content: {
                    "application/json": components["schemas"]["IdentityProviderList"];
                };
            };
        };
    };
    create_identity_provider: {
        /** @description At most 32768 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdentityProviderDescription"];
            };
        };
        responses: {
            /** @description It is there; with its `ETag`. */
            201: {
                content: {
                    "application/json": components["schemas"]["IdentityProvider"];
                };
            };
        };
    };
    get_identity_provider: {
        parameters: {
            path: {
                /** @description The identity provider. */
                provider_id: string;
            };
        };
        responses: {
            /** @description The provider; with its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["IdentityProvider"];
                };
            };
        };
    };
    change_identity_provider: {
        parameters: {
            header: {
                /** @description The ETag that was seen. */
                "If-Match": string;
            };
            path: {
                /** @description The identity provider. */
                provider_id: string;
            };
        };
        /** @description At most 32768 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdentityProviderDescription"];
            };
        };
        responses: {
            /** @description It is as described; with its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["IdentityProvider"];
                };
            };
        };
    };
    delete_identity_provider: {
        parameters: {
            header: {
                /** @description The ETag that was seen. */
                "If-Match": string;
            };
            path: {
                /** @description The identity provider. */
                provider_id: string;
            };
        };
        responses: {
            /** @description Removed. */
            204: {
            };
        };
    };
    list_identities: {
        responses: {
            /** @description The identities. */
            200: {
                content: {
                    "application/json": components["schemas"]["IdentityList"];
                };
            };
        };
    };
    link_identity: {
        /** @description At most 2048 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdentityLink"];
            };
        };
        responses: {
            /** @description Go there; with a cookie that binds the way back to this browser. */
            201: {
                content: {
                    "application/json": components["schemas"]["Departure"];
                };
            };
        };
    };
    unlink_identity: {
        parameters: {
            path: {
                /** @description The identity. */
                identity_id: string;
            };
        };
        responses: {
            /** @description Taken away. */
            204: {
            };
        };
    };
    change_password: {
        /** @description At most 8192 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Changed, and a new session. */
            201: {
                content: {
                    "application/json": components["schemas"]["AccessToken"];
                };
            };
        };
    };
    ask_password_reset: {
        /** @description At most 2048 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordResetRequest"];
            };
        };
        responses: {
            /** @description If there is an address to send it to, a link is sent. At most three an hour for one name. */
            202: {
            };
        };
    };
    choose_password: {
        /** @description At most 8192 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChoice"];
            };
        };
        responses: {
            /** @description Chosen: sign in with it. */
            204: {
            };
        };
    };
    get_password_policy: {
        responses: {
            /** @description The policy, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["PasswordPolicy"];
                };
            };
        };
    };
    change_password_policy: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
        };
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordPolicyChange"];
            };
        };
        responses: {
            /** @description Set; with the new `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["PasswordPolicy"];
                };
            };
        };
    };
    list_invitations: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["InvitationPage"];
                };
            };
        };
    };
    invite: {
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Invite"];
            };
        };
        responses: {
            /** @description Those who were invited by this call. */
            201: {
                content: {
                    "application/json": components["schemas"]["Invited"];
                };
            };
        };
    };
    resend_invitation: {
        parameters: {
            path: {
                /** @description Of the invitation. */
                invitation_id: string;
            };
        };
        responses: {
            /** @description Sent. */
            201: {
                content: {
                    "application/json": components["schemas"]["Resent"];
                };
            };
        };
    };
    revoke_invitation: {
        parameters: {
            path: {
                /** @description Of the invitation. */
                invitation_id: string;
            };
        };
        responses: {
            /** @description Its link has ended. */
            204: {
            };
        };
    };
    list_section_accounts: {
        parameters: {
            path: {
                /** @description One that the caller teaches. */
                section_id: string;
            };
        };
        responses: {
            /** @description By name. */
            200: {
                content: {
                    "application/json": components["schemas"]["SectionAccounts"];
                };
            };
        };
    };
    get_class_code: {
        parameters: {
            path: {
                /** @description One that the caller teaches. */
                section_id: string;
            };
        };
        responses: {
            /** @description What became of it. */
            200: {
                content: {
                    "application/json": components["schemas"]["ClassCodeState"];
                };
            };
        };
    };
    make_class_code: {
        parameters: {
            path: {
                /** @description One that the caller teaches. */
                section_id: string;
            };
        };
        /** @description At most 16384 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClassCodeRequest"];
            };
        };
        responses: {
            /** @description The code. */
            201: {
                content: {
                    "application/json": components["schemas"]["ClassCode"];
                };
            };
        };
    };
    end_class_code: {
        parameters: {
            path: {
                /** @description One that the caller teaches. */
                section_id: string;
            };
        };
        responses: {
            /** @description Ended. */
            204: {
            };
        };
    };
    make_cards: {
        parameters: {
            path: {
                /** @description One that the caller teaches. */
                section_id: string;
            };
        };
        /** @description At most 16384 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["CardsRequest"];
            };
        };
        responses: {
            /** @description The cards. */
            201: {
                content: {
                    "application/json": components["schemas"]["Cards"];
                };
            };
        };
    };
    make_cards_page: {
        parameters: {
            path: {
                /** @description One that the caller teaches. */
                section_id: string;
            };
        };
        /** @description At most 16384 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["CardsRequest"];
            };
        };
        responses: {
            /** @description The page; it loads nothing and is not to be kept. */
            201: {
                content: {
                    "text/html": unknown;
                };
            };
        };
    };
    end_section_sessions: {
        parameters: {
            query: {
                /** @description What ends. */
                which: "all" | "shared_devices";
            };
            path: {
                /** @description One that the caller teaches. */
                section_id: string;
            };
        };
        responses: {
            /** @description Ended. */
            200: {
                content: {
                    "application/json": components["schemas"]["SessionsEnded"];
                };
            };
        };
    };
    submit: {
        parameters: {
            header: {
                /** @description One for each thing that is made, the same for its retries: 1 to 128 visible ASCII characters, with or without quotes. */
                "Idempotency-Key": string;
            };
        };
        /** @description At most 524288 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmissionOffer"];
            };
        };
        responses: {
            /** @description Durable. A retry has the same receipt and the header `Idempotency-Replayed: true`; `Location` is where to ask what became of it. */
            202: {
                content: {
                    "application/json": components["schemas"]["ReceivedSubmission"];
                };
            };
        };
    };
    send_activity: {
        /** @description At most 65536 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActivityBatch"];
            };
        };
        responses: {
            /** @description Durable. Sent again, each counts once. */
            202: {
                content: {
                    "application/json": components["schemas"]["TakenActivities"];
                };
            };
        };
    };
    list_receipt_keys: {
        responses: {
            /** @description The keys. */
            200: {
                content: {
                    "application/json": components["schemas"]["ReceiptKeySet"];
                };
            };
        };
    };
    list_journal_heads: {
        responses: {
            /** @description None, before the first submission ever. */
            200: {
                content: {
                    "application/json": components["schemas"]["SignedHeads"];
                };
            };
        };
    };
    prove_consistency: {
        parameters: {
            query: {
                /** @description `size` of the earlier head. */
                from_size: number;
            };
            path: {
                /** @description The journal's, as receipts and heads say it. */
                epoch: string;
            };
        };
        responses: {
            /** @description The proof, and the latest head. */
            200: {
                content: {
                    "application/json": components["schemas"]["ConsistencyProof"];
                };
            };
        };
    };
    list_assignments: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
                /** @description Only those due then or later. */
                due_from?: string;
                /** @description false: those that are withdrawn, of sections that the caller teaches. */
                active?: "true" | "false";
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["AssignmentPage"];
                };
            };
        };
    };
    get_assignment: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        responses: {
            /** @description The assignment, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Assignment"];
                };
            };
        };
    };
    withdraw_assignment: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        responses: {
            /** @description Withdrawn; with the `ETag` to take it back. */
            204: {
            };
        };
    };
    change_assignment: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        /** @description At most 262144 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssignmentChange"];
            };
        };
        responses: {
            /** @description Changed; with the new `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Assignment"];
                };
            };
        };
    };
    make_assignment: {
        parameters: {
            header: {
                /** @description One for each thing that is made, the same for its retries: 1 to 128 visible ASCII characters, with or without quotes. */
                "Idempotency-Key": string;
            };
            path: {
                /** @description Of the section. */
                section_id: string;
            };
        };
        /** @description At most 262144 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAssignment"];
            };
        };
        responses: {
            /** @description The assignment, with its `ETag` and `Location`. A retry has the header `Idempotency-Replayed: true`. */
            201: {
                content: {
                    "application/json": components["schemas"]["Assignment"];
                };
            };
        };
    };
    list_extensions: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        responses: {
            /** @description Those that stand. */
            200: {
                content: {
                    "application/json": components["schemas"]["ExtensionList"];
                };
            };
        };
    };
    get_extension: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
                /** @description A student of the section, or `section` for all of them. */
                grantee: string;
            };
        };
        responses: {
            /** @description It stands; with its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Extension"];
                };
            };
        };
    };
    give_extension: {
        parameters: {
            header?: {
                /** @description The ETag of the one that stands and is replaced; left out where none does. */
                "If-Match"?: string;
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
                /** @description A student of the section, or `section` for all of them. */
                grantee: string;
            };
        };
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExtensionGrant"];
            };
        };
        responses: {
            /** @description It stands; with its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Extension"];
                };
            };
        };
    };
    revoke_extension: {
        parameters: {
            header: {
                /** @description The ETag of the one that is taken back. */
                "If-Match": string;
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
                /** @description A student of the section, or `section` for all of them. */
                grantee: string;
            };
        };
        responses: {
            /** @description Taken back. */
            204: {
            };
        };
    };
    list_submissions: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        responses: {
            /** @description A page, by `received_at`. */
            200: {
                content: {
                    "application/json": components["schemas"]["RecordedSubmissionPage"];
                };
            };
        };
    };
    get_submission: {
        parameters: {
            path: {
                /** @description As the receipt says. */
                submission_id: string;
            };
        };
        responses: {
            /** @description Received and not recorded yet, or recorded or refused. */
            200: {
                content: {
                    "application/json": components["schemas"]["ReceivedSubmission"] | components["schemas"]["SubmissionInFull"];
                };
            };
        };
    };
    get_activity_policy: {
        responses: {
            /** @description The policy, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["ActivityPolicy"];
                };
            };
        };
    };
    change_activity_policy: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
        };
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActivityPolicy"];
            };
        };
        responses: {
            /** @description Changed; with the new `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["ActivityPolicy"];
                };
            };
        };
    };
    list_outages: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description A page of them; each extension names its outage. */
            200: {
                content: {
                    "application/json": components["schemas"]["OutageList"];
                };
            };
        };
    };
    get_forecast: {
        parameters: {
            query?: {
                /** @description From this minute on; now unless said. */
                from?: string;
                /** @description Seven days from now unless said. */
                until?: string;
                /** @description How many minutes are told as one. */
                step_minutes?: number;
                /** @description This kind alone. */
                kind?: "password" | "refresh" | "provider" | "page_read" | "submission" | "live_join" | "job";
            };
        };
        responses: {
            /** @description By kind, in steps. */
            200: {
                content: {
                    "application/json": components["schemas"]["Forecast"];
                };
            };
        };
    };
    get_deadline_load: {
        parameters: {
            query: {
                /** @description Whose students it is for. */
                section_id: string;
                /** @description The due instant that is thought of. */
                due_at: string;
                /** @description The assignment that would be moved there: where it is now does not count. */
                assignment_id?: string;
            };
        };
        responses: {
            /** @description Other due instants of the same students, and how busy it is. */
            200: {
                content: {
                    "application/json": components["schemas"]["DeadlineLoad"];
                };
            };
        };
    };
    list_jobs: {
        parameters: {
            query?: {
                /** @description Only those in this state; completed and cancelled: what has ended, the newest first. Without it all that have not ended. */
                state?: "available" | "scheduled" | "running" | "retryable" | "completed" | "cancelled" | "discarded";
                /** @description Only those of this kind. */
                kind?: string;
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["JobPage"];
                };
            };
        };
    };
    get_job: {
        parameters: {
            path: {
                /** @description Of the job. */
                job_id: string;
            };
        };
        responses: {
            /** @description The job. */
            200: {
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    retry_job: {
        parameters: {
            path: {
                /** @description Of the job. */
                job_id: string;
            };
        };
        responses: {
            /** @description As it is now. */
            200: {
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    cancel_job: {
        parameters: {
            path: {
                /** @description Of the job. */
                job_id: string;
            };
        };
        responses: {
            /** @description It has ended. */
            200: {
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description It runs, and has been told to end. */
            202: {
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    get_job_backlog: {
        responses: {
            /** @description The kinds. */
            200: {
                content: {
                    "application/json": components["schemas"]["JobBacklog"];
                };
            };
        };
    };
    list_dead_letters: {
        parameters: {
            query?: {
                /** @description Only those of this kind. */
                kind?: string;
            };
        };
        responses: {
            /** @description The reasons. */
            200: {
                content: {
                    "application/json": components["schemas"]["DeadLetters"];
                };
            };
        };
    };
    redrive_dead_letters: {
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRedrive"];
            };
        };
        responses: {
            /** @description What was, or would be, done. */
            200: {
                content: {
                    "application/json": components["schemas"]["Redrive"];
                };
            };
        };
    };
    list_uploads: {
        parameters: {
            query?: {
                /** @description Those alone. */
                state?: "open" | "complete" | "refused" | "merged";
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["UploadPage"];
                };
            };
        };
    };
    create_upload: {
        parameters: {
            header: {
                /** @description The protocol's version. */
                "Tus-Resumable": "1.0.0";
                /** @description Bytes in all. Not with a final upload. */
                "Upload-Length": number;
                /** @description Keys with values in base64: `filename`, `filetype`, `sha256` (hexadecimal: the upload is refused if its bytes are others; with it the upload is what was declared in a submission). */
                "Upload-Metadata"?: string;
                /** @description `partial`, or `final;` and the locations of partial uploads. */
                "Upload-Concat"?: string;
                /** @description Of the bytes that come along: algorithm and base64. */
                "Upload-Checksum"?: string;
            };
        };
        /** @description At most 2147483648 bytes as sent. */
        requestBody?: {
            content: {
                "application/offset+octet-stream": unknown;
            };
        };
        responses: {
            /** @description `Location` is where its bytes go. */
            201: {
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
        };
    };
    get_upload: {
        parameters: {
            path: {
                /** @description Of the upload. */
                upload_id: string;
            };
        };
        responses: {
            /** @description One's own. */
            200: {
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
        };
    };
    remove_upload: {
        parameters: {
            header: {
                /** @description The protocol's version. */
                "Tus-Resumable": "1.0.0";
            };
            path: {
                /** @description Of the upload. */
                upload_id: string;
            };
        };
        responses: {
            /** @description It is gone. */
            204: {
            };
        };
    };
    append_upload: {
        parameters: {
            header: {
                /** @description The protocol's version. */
                "Tus-Resumable": "1.0.0";
                /** @description Where the upload stands: see HEAD. */
                "Upload-Offset": number;
                /** @description Of this request's bytes: algorithm and base64. */
                "Upload-Checksum"?: string;
            };
            path: {
                /** @description Of the upload. */
                upload_id: string;
            };
        };
        /** @description At most 2147483648 bytes as sent. */
        requestBody?: {
            content: {
                "application/offset+octet-stream": unknown;
            };
        };
        responses: {
            /** @description `Upload-Offset` is where it stands now. */
            204: {
            };
        };
    };
    list_upload_parts: {
        parameters: {
            path: {
                /** @description Of the upload. */
                upload_id: string;
            };
        };
        responses: {
            /** @description Also after a day. */
            200: {
                content: {
                    "application/json": components["schemas"]["UploadParts"];
                };
            };
        };
    };
    sign_upload_parts: {
        parameters: {
            path: {
                /** @description Of the upload. */
                upload_id: string;
            };
        };
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": {
                    /** @description The first part's number. */
                    first: number;
                    /** @description URLs for so many, or as many as there are. */
                    count: number;
                };
            };
        };
        responses: {
            /** @description Ask again for those that come later. */
            200: {
                content: {
                    "application/json": components["schemas"]["SignedParts"];
                };
            };
        };
    };
    complete_upload_parts: {
        parameters: {
            path: {
                /** @description Of the upload. */
                upload_id: string;
            };
        };
        responses: {
            /** @description It is complete. */
            200: {
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            /** @description Not yet: ask again. */
            202: {
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
        };
    };
    make_file_link: {
        parameters: {
            path: {
                /** @description Of the upload. */
                upload_id: string;
            };
        };
        responses: {
            /** @description Whoever has it gets the file. */
            201: {
                content: {
                    "application/json": components["schemas"]["FileLink"];
                };
            };
        };
    };
    download_file: {
        parameters: {
            query: {
                /** @description Of the link. */
                expires: string;
                /** @description Of the link. */
                signature: string;
            };
            path: {
                /** @description Of the upload. */
                upload_id: string;
            };
        };
        responses: {
            /** @description The file. */
            200: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The range. */
            206: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
        };
    };
    get_institution: {
        responses: {
            /** @description The institution. */
            200: {
                content: {
                    "application/json": components["schemas"]["Institution"];
                };
            };
        };
    };
    get_institution_logo: {
        parameters: {
            query?: {
                /** @description The version that `logo_url` names: with it the picture may be kept for good. */
                v?: string;
            };
        };
        responses: {
            /** @description A PNG or WebP picture, and its `ETag`. */
            200: {
                content: {
                    "image/*": unknown;
                };
            };
        };
    };
    put_institution_logo: {
        /** @description At most 65536 bytes as sent. */
        requestBody: {
            content: {
                "image/*": unknown;
            };
        };
        responses: {
            /** @description As it is now. */
            200: {
                content: {
                    "application/json": components["schemas"]["Branding"];
                };
            };
        };
    };
    remove_institution_logo: {
        responses: {
            /** @description It is gone. */
            204: {
            };
        };
    };
    get_branding: {
        responses: {
            /** @description The branding, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Branding"];
                };
            };
        };
    };
    change_branding: {
        parameters: {
            header: {
                /** @description The ETag that was seen. */
                "If-Match": string;
            };
        };
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["BrandingChange"];
            };
        };
        responses: {
            /** @description As it is now, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Branding"];
                };
            };
        };
    };
    list_users: {
        parameters: {
            query?: {
                /** @description The beginning of a family name, a given name or a user name, or of both names in either order; case and accents do not count. */
                q?: string;
                /** @description Only with this role. */
                role?: "student" | "teacher" | "administrator";
                /** @description In the roster and enabled there, or not any more. */
                status?: "active" | "inactive";
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["PersonPage"];
                };
            };
        };
    };
    get_user: {
        parameters: {
            path: {
                /** @description The person. */
                user_id: string;
            };
        };
        responses: {
            /** @description The person. */
            200: {
                content: {
                    "application/json": components["schemas"]["PersonRecord"];
                };
            };
        };
    };
    set_user_roles: {
        parameters: {
            path: {
                /** @description The person. */
                user_id: string;
            };
        };
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RolesChange"];
            };
        };
        responses: {
            /** @description As they are now. If anything changed, they sign in again. */
            200: {
                content: {
                    "application/json": components["schemas"]["PersonRecord"];
                };
            };
        };
    };
    list_sections: {
        parameters: {
            query?: {
                /** @description Whose sections. */
                of?: "me" | "institution";
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["SectionLinePage"];
                };
            };
        };
    };
    get_section: {
        parameters: {
            path: {
                /** @description One that the caller is in; for administrators, any. */
                section_id: string;
            };
        };
        responses: {
            /** @description The section. */
            200: {
                content: {
                    "application/json": components["schemas"]["SectionDetails"];
                };
            };
        };
    };
    list_section_people: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
            path: {
                /** @description One that the caller is in; for administrators, any. */
                section_id: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["SectionMemberPage"];
                };
            };
        };
    };
    list_roster_imports: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["RosterImportPage"];
                };
            };
        };
    };
    create_roster_import: {
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRosterImport"];
            };
        };
        responses: {
            /** @description It will be checked; `Location` says how far it is. */
            202: {
                content: {
                    "application/json": components["schemas"]["RosterImport"];
                };
            };
        };
    };
    get_roster_import: {
        parameters: {
            path: {
                /** @description The import. */
                import_id: string;
            };
        };
        responses: {
            /** @description The import, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["RosterImport"];
                };
            };
        };
    };
    apply_roster_import: {
        parameters: {
            header: {
                /** @description The ETag that was seen. */
                "If-Match": string;
            };
            path: {
                /** @description The import. */
                import_id: string;
            };
        };
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RosterImportDecision"];
            };
        };
        responses: {
            /** @description It will be applied. If the roster has changed since, it fails with the code `precondition_failed`, and the same upload can be planned anew. */
            202: {
                content: {
                    "application/json": components["schemas"]["RosterImport"];
                };
            };
        };
    };
    cancel_roster_import: {
        parameters: {
            path: {
                /** @description The import. */
                import_id: string;
            };
        };
        responses: {
            /** @description Cancelled. */
            200: {
                content: {
                    "application/json": components["schemas"]["RosterImport"];
                };
            };
        };
    };
    get_marking: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        responses: {
            /** @description The version in force, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Marking"];
                };
            };
        };
    };
    set_marking: {
        parameters: {
            header?: {
                /** @description The ETag of what stands; left out where nothing does. */
                "If-Match"?: string;
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        /** @description At most 524288 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["MarkingChange"];
            };
        };
        responses: {
            /** @description In force; with its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Marking"];
                };
            };
        };
    };
    open_identities: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        responses: {
            /** @description They are told from now on. */
            204: {
            };
        };
    };
    list_works: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
                /** @description Only those that are to be marked, that were released, or that a student asks about. */
                lane?: "marking" | "regrade" | "released";
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["WorkPage"];
                };
            };
        };
    };
    get_work: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
                /** @description Of a student's work, as lists name it. */
                work_id: string;
            };
        };
        responses: {
            /** @description The work. */
            200: {
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
        };
    };
    get_mark: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
                /** @description Of a student's work, as lists name it. */
                work_id: string;
            };
        };
        responses: {
            /** @description It stands; with its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Mark"];
                };
            };
        };
    };
    save_mark: {
        parameters: {
            header?: {
                /** @description The ETag of what stands; left out where nothing does. */
                "If-Match"?: string;
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
                /** @description Of a student's work, as lists name it. */
                work_id: string;
            };
        };
        /** @description At most 524288 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["MarkEdit"];
            };
        };
        responses: {
            /** @description Saved; with the new `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Mark"];
                };
            };
        };
    };
    get_agreed_mark: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
                /** @description Of a student's work, as lists name it. */
                work_id: string;
            };
        };
        responses: {
            /** @description It stands; with its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Mark"];
                };
            };
        };
    };
    save_agreed_mark: {
        parameters: {
            header?: {
                /** @description The ETag of what stands; left out where nothing does. */
                "If-Match"?: string;
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
                /** @description Of a student's work, as lists name it. */
                work_id: string;
            };
        };
        /** @description At most 524288 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["MarkEdit"];
            };
        };
        responses: {
            /** @description Saved; with the new `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Mark"];
                };
            };
        };
    };
    mark_automatically: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Pass"];
            };
        };
        responses: {
            /** @description How far it came; `next` goes on from there. */
            200: {
                content: {
                    "application/json": components["schemas"]["PassOutcome"];
                };
            };
        };
    };
    regrade_assignment: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Pass"];
            };
        };
        responses: {
            /** @description How far it came; `next` goes on from there. */
            200: {
                content: {
                    "application/json": components["schemas"]["PassOutcome"];
                };
            };
        };
    };
    get_own_grade: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        responses: {
            /** @description The newest that was released. */
            200: {
                content: {
                    "application/json": components["schemas"]["OwnGrade"];
                };
            };
        };
    };
    list_own_grades: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description The latest release first. */
            200: {
                content: {
                    "application/json": components["schemas"]["OwnGradeList"];
                };
            };
        };
    };
    list_grades: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
                /** @description Of a student's work, as lists name it. */
                work_id: string;
            };
        };
        responses: {
            /** @description The newest first. */
            200: {
                content: {
                    "application/json": components["schemas"]["GradeHistory"];
                };
            };
        };
    };
    release_grades: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        /** @description At most 65536 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Release"];
            };
        };
        responses: {
            /** @description What was released; students may read it now. */
            200: {
                content: {
                    "application/json": components["schemas"]["Released"];
                };
            };
        };
    };
    list_regrade_requests: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
                /** @description Only those that wait, or all. */
                state?: "open" | "all";
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["RegradePage"];
                };
            };
        };
    };
    ask_regrade: {
        parameters: {
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        /** @description At most 12000 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegradeText"];
            };
        };
        responses: {
            /** @description Asked. */
            201: {
                content: {
                    "application/json": components["schemas"]["RegradeRequest"];
                };
            };
        };
    };
    withdraw_regrade: {
        parameters: {
            path: {
                /** @description Of the request. */
                regrade_id: string;
            };
        };
        responses: {
            /** @description Withdrawn. */
            200: {
                content: {
                    "application/json": components["schemas"]["RegradeRequest"];
                };
            };
        };
    };
    decide_regrade: {
        parameters: {
            path: {
                /** @description Of the request. */
                regrade_id: string;
            };
        };
        /** @description At most 12000 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegradeDecision"];
            };
        };
        responses: {
            /** @description Decided. */
            200: {
                content: {
                    "application/json": components["schemas"]["RegradeRequest"];
                };
            };
        };
    };
    list_notices: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["NoticePage"];
                };
            };
        };
    };
    read_notices: {
        /** @description At most 65536 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoticesRead"];
            };
        };
        responses: {
            /** @description How many are unread now. */
            200: {
                content: {
                    "application/json": components["schemas"]["NoticesUnread"];
                };
            };
        };
    };
    get_notice_policy: {
        responses: {
            /** @description The policy, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["NoticePolicy"];
                };
            };
        };
    };
    change_notice_policy: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
        };
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoticePolicyChange"];
            };
        };
        responses: {
            /** @description Changed; with the new `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["NoticePolicy"];
                };
            };
        };
    };
    watch_events: {
        parameters: {
            header?: {
                /** @description The `id` of the last event that came: the stream goes on behind it. Without it it begins now. */
                "Last-Event-ID"?: string;
            };
        };
        responses: {
            /** @description Events, until one side ends it. */
            200: {
                content: {
                    "text/event-stream": unknown;
                };
            };
        };
    };
    get_section_page: {
        parameters: {
            path: {
                /** @description Of the section. */
                section_id: string;
            };
        };
        responses: {
            /** @description The page. */
            200: {
                content: {
                    "application/json": components["schemas"]["SectionPage"];
                };
            };
        };
    };
    add_material: {
        parameters: {
            path: {
                /** @description Of the section. */
                section_id: string;
            };
        };
        /** @description At most 65536 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMaterial"];
            };
        };
        responses: {
            /** @description The material, and its `ETag`. */
            201: {
                content: {
                    "application/json": components["schemas"]["Material"];
                };
            };
        };
    };
    get_material: {
        parameters: {
            path: {
                /** @description Of the material. */
                material_id: string;
            };
        };
        responses: {
            /** @description The material, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Material"];
                };
            };
        };
    };
    remove_material: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
            path: {
                /** @description Of the material. */
                material_id: string;
            };
        };
        responses: {
            /** @description It is gone. */
            204: {
            };
        };
    };
    change_material: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
            path: {
                /** @description Of the material. */
                material_id: string;
            };
        };
        /** @description At most 65536 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["MaterialChange"];
            };
        };
        responses: {
            /** @description Changed; with the new `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Material"];
                };
            };
        };
    };
    download_material: {
        parameters: {
            query: {
                /** @description Of the link. */
                expires: string;
                /** @description Of the link. */
                signature: string;
            };
            path: {
                /** @description Of the material. */
                material_id: string;
            };
        };
        responses: {
            /** @description The file. */
            200: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The range. */
            206: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
        };
    };
    download_draft: {
        parameters: {
            query: {
                /** @description Of the link. */
                expires: string;
                /** @description Of the link. */
                signature: string;
            };
            path: {
                /** @description Of the material. */
                material_id: string;
            };
        };
        responses: {
            /** @description The file. */
            200: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The range. */
            206: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
        };
    };
    list_announcements: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
            path: {
                /** @description Of the section. */
                section_id: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["AnnouncementPage"];
                };
            };
        };
    };
    announce: {
        parameters: {
            path: {
                /** @description Of the section. */
                section_id: string;
            };
        };
        /** @description At most 65536 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAnnouncement"];
            };
        };
        responses: {
            /** @description The announcement, and its `ETag`. */
            201: {
                content: {
                    "application/json": components["schemas"]["Announcement"];
                };
            };
        };
    };
    get_announcement: {
        parameters: {
            path: {
                /** @description Of the announcement. */
                announcement_id: string;
            };
        };
        responses: {
            /** @description The announcement, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Announcement"];
                };
            };
        };
    };
    withdraw_announcement: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
            path: {
                /** @description Of the announcement. */
                announcement_id: string;
            };
        };
        responses: {
            /** @description It is gone. */
            204: {
            };
        };
    };
    change_announcement: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
            path: {
                /** @description Of the announcement. */
                announcement_id: string;
            };
        };
        /** @description At most 65536 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnnouncementChange"];
            };
        };
        responses: {
            /** @description Changed; with the new `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Announcement"];
                };
            };
        };
    };
    list_report_exports: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["ReportExportPage"];
                };
            };
        };
    };
    create_report_export: {
        parameters: {
            header: {
                /** @description One for each thing that is made, the same for its retries: 1 to 128 visible ASCII characters, with or without quotes. */
                "Idempotency-Key": string;
            };
        };
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewReportExport"];
            };
        };
        responses: {
            /** @description It will be written; `Location` says how far it is. 429: five of yours have not ended. */
            202: {
                content: {
                    "application/json": components["schemas"]["ReportExport"];
                };
            };
        };
    };
    get_report_export: {
        parameters: {
            path: {
                /** @description The export. */
                export_id: string;
            };
        };
        responses: {
            /** @description The export. */
            200: {
                content: {
                    "application/json": components["schemas"]["ReportExport"];
                };
            };
        };
    };
    remove_report_export: {
        parameters: {
            path: {
                /** @description The export. */
                export_id: string;
            };
        };
        responses: {
            /** @description It is gone. */
            204: {
            };
        };
    };
    cancel_report_export: {
        parameters: {
            path: {
                /** @description The export. */
                export_id: string;
            };
        };
        responses: {
            /** @description Cancelled. */
            200: {
                content: {
                    "application/json": components["schemas"]["ReportExport"];
                };
            };
        };
    };
    make_report_export_link: {
        parameters: {
            path: {
                /** @description The export. */
                export_id: string;
            };
        };
        responses: {
            /** @description Whoever has it gets the file. */
            201: {
                content: {
                    "application/json": components["schemas"]["FileLink"];
                };
            };
        };
    };
    download_report_export: {
        parameters: {
            query: {
                /** @description Of the link. */
                expires: string;
                /** @description Of the link. */
                signature: string;
            };
            path: {
                /** @description The export. */
                export_id: string;
            };
        };
        responses: {
            /** @description The file; `Repr-Digest` has its SHA-256. */
            200: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The range. */
            206: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
        };
    };
    get_first_page: {
        parameters: {
            header?: {
                /** @description With no-cache the page is read anew: it shows all that was done before, wherever. (What the caller does at the same server is shown without it.) */
                "Cache-Control"?: string;
            };
        };
        responses: {
            /** @description The page, with an ETag of what it says. */
            200: {
                content: {
                    "application/json": components["schemas"]["FirstPage"];
                };
            };
        };
    };
    get_timetable: {
        responses: {
            /** @description The timetable, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Timetable"];
                };
            };
        };
    };
    change_timetable: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
        };
        /** @description At most 1048576 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["TimetableChange"];
            };
        };
        responses: {
            /** @description Changed; with the new `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Timetable"];
                };
            };
        };
    };
    list_timetable_conflicts: {
        parameters: {
            query?: {
                /** @description From when on; without: from now on. */
                from?: string;
                /** @description Until when, 31 days later at most; without: two weeks later. */
                until?: string;
            };
        };
        responses: {
            /** @description The conflicts, by their first times. */
            200: {
                content: {
                    "application/json": components["schemas"]["TimetableConflicts"];
                };
            };
        };
    };
    generate_timetable: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
        };
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["TimetableGeneration"];
            };
        };
        responses: {
            /** @description It is the timetable now. */
            200: {
                content: {
                    "application/json": components["schemas"]["GeneratedTimetable"];
                };
            };
        };
    };
    export_timetable_table: {
        parameters: {
            path: {
                /** @description schedules, exceptions or lessons. */
                table: "schedules" | "exceptions" | "lessons";
            };
        };
        responses: {
            /** @description The table, and the timetable's `ETag`. */
            200: {
                content: {
                    "text/csv": unknown;
                };
            };
        };
    };
    replace_timetable_table: {
        parameters: {
            query?: {
                /** @description Check it and say what would change; write nothing. */
                trial?: "true" | "false";
            };
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
            path: {
                /** @description schedules, exceptions or lessons. */
                table: "schedules" | "exceptions" | "lessons";
            };
        };
        /** @description At most 8388608 bytes as sent. */
        requestBody: {
            content: {
                "text/csv": string;
            };
        };
        responses: {
            /** @description What changed, or would change. */
            200: {
                content: {
                    "application/json": components["schemas"]["TimetableImport"];
                };
            };
        };
    };
    import_holidays: {
        parameters: {
            query?: {
                /** @description Check it and say what would change; write nothing. */
                trial?: "true" | "false";
            };
        };
        /** @description At most 4194304 bytes as sent. */
        requestBody: {
            content: {
                "text/calendar": string;
            };
        };
        responses: {
            /** @description What changed, or would change. */
            200: {
                content: {
                    "application/json": components["schemas"]["TimetableImport"];
                };
            };
        };
    };
    list_lessons: {
        parameters: {
            query?: {
                /** @description Those of one section. */
                section_id?: string;
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["LessonPage"];
                };
            };
        };
    };
    add_lesson: {
        /** @description At most 16384 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLesson"];
            };
        };
        responses: {
            /** @description The lesson, and its `ETag`. */
            201: {
                content: {
                    "application/json": components["schemas"]["Lesson"];
                };
            };
        };
    };
    get_lesson: {
        parameters: {
            path: {
                /** @description Of the lesson. */
                lesson_id: string;
            };
        };
        responses: {
            /** @description The lesson, and its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Lesson"];
                };
            };
        };
    };
    remove_lesson: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
            path: {
                /** @description Of the lesson. */
                lesson_id: string;
            };
        };
        responses: {
            /** @description It is gone. */
            204: {
            };
        };
    };
    change_lesson: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
            path: {
                /** @description Of the lesson. */
                lesson_id: string;
            };
        };
        /** @description At most 16384 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["LessonChange"];
            };
        };
        responses: {
            /** @description Changed; with the new `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Lesson"];
                };
            };
        };
    };
    change_lesson_on_day: {
        parameters: {
            path: {
                /** @description Of the lesson. */
                lesson_id: string;
                /** @description The day, at the institution. */
                date: string;
            };
        };
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLessonDay"];
            };
        };
        responses: {
            /** @description As it is on that day. */
            200: {
                content: {
                    "application/json": components["schemas"]["LessonDay"];
                };
            };
        };
    };
    restore_lesson_on_day: {
        parameters: {
            path: {
                /** @description Of the lesson. */
                lesson_id: string;
                /** @description The day, at the institution. */
                date: string;
            };
        };
        responses: {
            /** @description It is as usual. */
            204: {
            };
        };
    };
    get_today: {
        responses: {
            /** @description The day. */
            200: {
                content: {
                    "application/json": components["schemas"]["Today"];
                };
            };
        };
    };
    get_next_bell: {
        responses: {
            /** @description The bell and the lesson. */
            200: {
                content: {
                    "application/json": components["schemas"]["NextBell"];
                };
            };
        };
    };
    list_occurrences: {
        parameters: {
            query?: {
                /** @description From when on; without: from now on. */
                from?: string;
                /** @description Until when, 62 days later at most; without: four weeks later. */
                until?: string;
            };
        };
        responses: {
            /** @description The lessons, in order. */
            200: {
                content: {
                    "application/json": components["schemas"]["OccurrenceList"];
                };
            };
        };
    };
    get_school_day: {
        parameters: {
            query: {
                /** @description The day, at the institution. */
                date: string;
            };
        };
        responses: {
            /** @description The day. */
            200: {
                content: {
                    "application/json": components["schemas"]["SchoolDay"];
                };
            };
        };
    };
    list_calendar_feeds: {
        responses: {
            /** @description The feeds. */
            200: {
                content: {
                    "application/json": components["schemas"]["CalendarFeedList"];
                };
            };
        };
    };
    make_calendar_feed: {
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCalendarFeed"];
            };
        };
        responses: {
            /** @description The feed; its address is shown this once. */
            201: {
                content: {
                    "application/json": components["schemas"]["MadeCalendarFeed"];
                };
            };
        };
    };
    revoke_calendar_feed: {
        parameters: {
            path: {
                /** @description Of the feed. */
                feed_id: string;
            };
        };
        responses: {
            /** @description Revoked. */
            204: {
            };
        };
    };
    read_calendar_feed: {
        parameters: {
            path: {
                /** @description The secret part, and `.ics`. */
                address: string;
            };
        };
        responses: {
            /** @description The calendar, and its `ETag`. */
            200: {
                content: {
                    "text/calendar": unknown;
                };
            };
        };
    };
    get_assignment_similarity: {
        parameters: {
            query?: {
                /** @description Only pairs with so much in common; they are kept from 0.05 on. */
                score_min?: number;
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        responses: {
            /** @description Settings and a page of pairs; with the assignment's `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["AssignmentSimilarity"];
                };
            };
        };
    };
    set_assignment_similarity: {
        parameters: {
            header: {
                /** @description The assignment's ETag. */
                "If-Match": string;
            };
            path: {
                /** @description Of the assignment. */
                assignment_id: string;
            };
        };
        /** @description At most 131072 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SimilaritySettings"];
            };
        };
        responses: {
            /** @description As it is now; what was handed in before is compared too. */
            200: {
                content: {
                    "application/json": components["schemas"]["AssignmentSimilarity"];
                };
            };
        };
    };
    make_submission_file_link: {
        parameters: {
            path: {
                /** @description As the submission says. */
                file_id: string;
            };
        };
        responses: {
            /** @description Whoever has it gets the file. */
            201: {
                content: {
                    "application/json": components["schemas"]["FileLink"];
                };
            };
        };
    };
    download_submission_file: {
        parameters: {
            query: {
                /** @description Of the link. */
                expires: string;
                /** @description Of the link. */
                signature: string;
            };
            path: {
                /** @description As the submission says. */
                file_id: string;
            };
        };
        responses: {
            /** @description The file. */
            200: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The range. */
            206: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
        };
    };
    get_submission_similarity: {
        parameters: {
            query?: {
                /** @description Only pairs with so much in common; they are kept from 0.05 on. */
                score_min?: number;
            };
            path: {
                /** @description As the receipt says. */
                submission_id: string;
            };
        };
        responses: {
            /** @description Up to 20 texts, the most alike first. */
            200: {
                content: {
                    "application/json": components["schemas"]["SubmissionSimilarity"];
                };
            };
        };
    };
    get_live_lesson: {
        parameters: {
            path: {
                /** @description Of the lesson. */
                lesson_id: string;
            };
        };
        responses: {
            /** @description With its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["LiveLesson"];
                };
            };
        };
    };
    put_live_lesson: {
        parameters: {
            header?: {
                /** @description The ETag that the change is based on; without it the lesson is not live yet, or is the same. */
                "If-Match"?: string;
            };
            path: {
                /** @description Of the lesson. */
                lesson_id: string;
            };
        };
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLiveLesson"];
            };
        };
        responses: {
            /** @description With its `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["LiveLesson"];
                };
            };
        };
    };
    end_live_lesson: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on; without it the lesson is not live yet, or is the same. */
                "If-Match": string;
            };
            path: {
                /** @description Of the lesson. */
                lesson_id: string;
            };
        };
        responses: {
            /** @description It is not live any more. */
            204: {
            };
        };
    };
    list_live_classes: {
        parameters: {
            query?: {
                /** @description From when on; without: from twelve hours ago. */
                from?: string;
                /** @description Until when, 31 days later at most; without: a week later. */
                until?: string;
            };
        };
        responses: {
            /** @description The first 500. */
            200: {
                content: {
                    "application/json": components["schemas"]["LiveClassList"];
                };
            };
        };
    };
    get_live_class: {
        parameters: {
            path: {
                /** @description Of the live class. */
                live_class_id: string;
            };
        };
        responses: {
            /** @description The class. */
            200: {
                content: {
                    "application/json": components["schemas"]["LiveClass"];
                };
            };
        };
    };
    put_out_of_live_class: {
        parameters: {
            path: {
                /** @description Of the live class. */
                live_class_id: string;
                /** @description Of whom. */
                user_id: string;
            };
        };
        responses: {
            /** @description They are out. */
            204: {
            };
        };
    };
    let_into_live_class: {
        parameters: {
            path: {
                /** @description Of the live class. */
                live_class_id: string;
                /** @description Of whom. */
                user_id: string;
            };
        };
        responses: {
            /** @description They may join. */
            204: {
            };
        };
    };
    join_live_class: {
        parameters: {
            query?: {
                /** @description Where the caller is, as edges are configured: edges of it come first. Without: as the front says (X-Viewer-Region), or anywhere. */
                region?: string;
            };
            path: {
                /** @description Of the live class. */
                live_class_id: string;
            };
        };
        responses: {
            /** @description Where to watch, until when, and with what to enter the room. */
            200: {
                content: {
                    "application/json": components["schemas"]["JoinedLiveClass"];
                };
            };
        };
    };
    ask_to_publish: {
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": string;
            };
        };
        responses: {
            /** @description They may; or nobody has to be asked for it. */
            204: {
            };
        };
    };
    send_heartbeat: {
        parameters: {
            header: {
                /** @description `heartbeat.token` of the join: the right to send them. */
                "Heartbeat-Token": string;
            };
            path: {
                /** @description Of the live class. */
                live_class_id: string;
            };
        };
        /** @description At most 16384 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Heartbeat"];
            };
        };
        responses: {
            /** @description Taken, and written within seconds. What is lost meanwhile the next heartbeat says again. */
            202: {
            };
        };
    };
    list_live_attendance: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
            path: {
                /** @description Of the live class. */
                live_class_id: string;
            };
        };
        responses: {
            /** @description By user id. */
            200: {
                content: {
                    "application/json": components["schemas"]["LiveAttendanceList"];
                };
            };
        };
    };
    get_live_class_recording: {
        parameters: {
            path: {
                /** @description Of the live class. */
                live_class_id: string;
            };
        };
        responses: {
            /** @description The recording; an address once it is ready. */
            200: {
                content: {
                    "application/json": components["schemas"]["Recording"];
                };
            };
        };
    };
    get_recording: {
        parameters: {
            path: {
                /** @description Of the recording. */
                recording_id: string;
            };
        };
        responses: {
            /** @description The recording; an address once it is ready. */
            200: {
                content: {
                    "application/json": components["schemas"]["Recording"];
                };
            };
        };
    };
    remove_recording: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
            path: {
                /** @description Of the recording. */
                recording_id: string;
            };
        };
        responses: {
            /** @description Nobody gets an address any more. */
            204: {
            };
        };
    };
    change_recording: {
        parameters: {
            header: {
                /** @description The ETag that the change is based on. */
                "If-Match": string;
            };
            path: {
                /** @description Of the recording. */
                recording_id: string;
            };
        };
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecordingChange"];
            };
        };
        responses: {
            /** @description Changed; with the new `ETag`. */
            200: {
                content: {
                    "application/json": components["schemas"]["Recording"];
                };
            };
        };
    };
    list_recordings: {
        parameters: {
            path: {
                /** @description Of the section. */
                section_id: string;
            };
        };
        responses: {
            /** @description Students see those that are ready and not hidden. */
            200: {
                content: {
                    "application/json": components["schemas"]["RecordingList"];
                };
            };
        };
    };
    add_recording: {
        parameters: {
            path: {
                /** @description Of the section. */
                section_id: string;
            };
        };
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRecording"];
            };
        };
        responses: {
            /** @description It is being made: `progress` says how far. */
            202: {
                content: {
                    "application/json": components["schemas"]["Recording"];
                };
            };
        };
    };
    read_recorded_playlist: {
        parameters: {
            path: {
                /** @description Of the institution. */
                tenant_id: string;
                /** @description Of the recording. */
                recording_id: string;
                /** @description index.m3u8. */
                object: string;
            };
        };
        responses: {
            /** @description The bytes. */
            200: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The range. */
            206: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
        };
    };
    read_recorded_object: {
        parameters: {
            path: {
                /** @description Of the institution. */
                tenant_id: string;
                /** @description Of the recording. */
                recording_id: string;
                /** @description Of the master playlist. */
                rung: string;
                /** @description index.m3u8, a segment or an init. */
                object: string;
            };
        };
        responses: {
            /** @description The bytes. */
            200: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The range. */
            206: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
        };
    };
    list_reports: {
        responses: {
            /** @description The reports. */
            200: {
                content: {
                    "application/json": {
                        data: {
                            report_id: string;
                            title: string;
                            about: string;
                            /**
                             * @description From rollups: quick, however much there is.
                             * @enum {unknown}
                             */
                            made_from: "rollups" | "rows";
                            parameters: {
                                name: string;
                                /** @enum {unknown} */
                                kind: "integer" | "number" | "text" | "boolean" | "instant" | "day" | "user" | "section" | "assignment" | "submission" | "school";
                                required: boolean;
                                about: string;
                            }[];
                            columns: {
                                name: string;
                                /** @enum {unknown} */
                                kind: "integer" | "number" | "text" | "boolean" | "instant" | "day" | "user" | "section" | "assignment" | "submission" | "school";
                                about: string;
                            }[];
                        }[];
                    };
                };
            };
        };
    };
    get_report: {
        parameters: {
            query?: {
                /** @description Of which class, where the report takes one. */
                section?: string;
                /** @description Of which assignment, where the report takes one. */
                assignment?: string;
                /** @description The first day, where the report takes one. */
                from?: string;
                /** @description The last day, where the report takes one. */
                until?: string;
            };
            path: {
                /** @description Of the list. */
                report: string;
            };
        };
        responses: {
            /** @description The report. Report-As-Of and Report-Lag (seconds) say how fresh it is. */
            200: {
                content: {
                    "application/json": {
                        report_id: string;
                        title: string;
                        /**
                         * Format: date-time
                         * @description The report says what was so at this moment.
                         */
                        as_of: string;
                        /** @description How long ago that is. */
                        lag_seconds: number;
                        /** @description It is longer ago than it should be: reports are behind. */
                        stale: boolean;
                        /** @description There are more lines than an answer has. */
                        truncated: boolean;
                        /** @description So many lines show no figures: they would be about fewer than five people, or tell of such a line. */
                        suppressed: number;
                        columns: {
                            name: string;
                            /** @enum {unknown} */
                            kind: "integer" | "number" | "text" | "boolean" | "instant" | "day" | "user" | "section" | "assignment" | "submission" | "school";
                            about: string;
                        }[];
                        rows: (string | number | boolean | null)[][];
                        /** @description Names of the users in the lines, by id; who is not there is not known any more. */
                        people: {
                            [key: string]: {
                                given_name: string;
                                family_name: string;
                            };
                        };
                    };
                };
            };
        };
    };
    list_tenants: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
                /** @description Only institutions in this state. */
                state?: "active" | "suspended";
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["TenantPage"];
                };
            };
        };
    };
    create_tenant: {
        parameters: {
            header?: {
                /** @description Makes a retry safe: the same key and body find what the first one made. Without it, a second attempt finds its slug taken. */
                "Idempotency-Key"?: string;
            };
        };
        /** @description At most 16384 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTenant"];
            };
        };
        responses: {
            /** @description Made, or made before by the same request. */
            201: {
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
        };
    };
    get_tenant: {
        parameters: {
            path: {
                /** @description The institution's id. */
                tenant_id: string;
            };
        };
        responses: {
            /** @description The institution. */
            200: {
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
        };
    };
    change_tenant: {
        parameters: {
            header: {
                /** @description The ETag that you saw. */
                "If-Match": string;
            };
            path: {
                /** @description The institution's id. */
                tenant_id: string;
            };
        };
        /** @description At most 16384 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantChange"];
            };
        };
        responses: {
            /** @description As it is now. */
            200: {
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
        };
    };
    suspend_tenant: {
        parameters: {
            path: {
                /** @description The institution's id. */
                tenant_id: string;
            };
        };
        responses: {
            /** @description Suspended, now or before. */
            200: {
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
        };
    };
    resume_tenant: {
        parameters: {
            path: {
                /** @description The institution's id. */
                tenant_id: string;
            };
        };
        responses: {
            /** @description Active, now or before. */
            200: {
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
        };
    };
    list_operator_events: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
                /** @description `next` of the page before, unchanged. */
                cursor?: string;
            };
        };
        responses: {
            /** @description A page. */
            200: {
                content: {
                    "application/json": components["schemas"]["OperatorEventPage"];
                };
            };
        };
    };
    list_all_outages: {
        responses: {
            /** @description Services, and outages. */
            200: {
                content: {
                    "application/json": components["schemas"]["OperatorOutageList"];
                };
            };
        };
    };
    declare_outage: {
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOutage"];
            };
        };
        responses: {
            /** @description Declared; it is settled within seconds. */
            201: {
                content: {
                    "application/json": components["schemas"]["OperatorOutage"];
                };
            };
        };
    };
    get_operator_forecast: {
        parameters: {
            query?: {
                /** @description How far ahead: the time that scaling takes. */
                within_minutes?: number;
            };
        };
        responses: {
            /** @description By kind; empty when nothing is known. */
            200: {
                content: {
                    "application/json": components["schemas"]["OperatorForecast"];
                };
            };
        };
    };
    get_bell_board: {
        parameters: {
            query?: {
                /** @description Which kind is shown by minute and day; page_read unless said. */
                kind?: "password" | "refresh" | "provider" | "page_read" | "submission" | "live_join" | "job";
            };
        };
        responses: {
            /** @description As this process knows it; nulls where it does not. */
            200: {
                content: {
                    "application/json": components["schemas"]["BellBoard"];
                };
            };
        };
    };
    list_all_dead_letters: {
        parameters: {
            query?: {
                /** @description Only this institution's. */
                tenant_id?: string;
                /** @description Only those of this kind. */
                kind?: string;
                /** @description How many a page has at most. */
                limit?: number;
            };
        };
        responses: {
            /** @description The reasons, and how many there are in all. */
            200: {
                content: {
                    "application/json": components["schemas"]["OperatorDeadLetters"];
                };
            };
        };
    };
    redrive_tenant_dead_letters: {
        /** @description At most 4096 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOperatorRedrive"];
            };
        };
        responses: {
            /** @description What was, or would be, done. */
            200: {
                content: {
                    "application/json": components["schemas"]["Redrive"];
                };
            };
        };
    };
    list_storm_reports: {
        parameters: {
            query?: {
                /** @description How many a page has at most. */
                limit?: number;
            };
        };
        responses: {
            /** @description The reports, and how many there are. */
            200: {
                content: {
                    "application/json": components["schemas"]["StormReportList"];
                };
            };
        };
    };
    get_storm_report: {
        parameters: {
            path: {
                /** @description Of the report, as the list names it. */
                report_id: string;
            };
        };
        responses: {
            /** @description The report. */
            200: {
                content: {
                    "application/json": components["schemas"]["StormReport"];
                };
            };
        };
    };
    get_overview: {
        responses: {
            /** @description As it was within the last second. */
            200: {
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
        };
    };
    get_walls: {
        responses: {
            /** @description The walls. */
            200: {
                content: {
                    "application/json": components["schemas"]["Walls"];
                };
            };
        };
    };
    list_signing_keys: {
        responses: {
            /** @description The keys; revoked ones too. */
            200: {
                content: {
                    "application/json": components["schemas"]["SigningKeyList"];
                };
            };
        };
    };
    rotate_signing_keys: {
        /** @description At most 1024 bytes as sent. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSigningKey"];
            };
        };
        responses: {
            /** @description The key that signs next. */
            201: {
                content: {
                    "application/json": components["schemas"]["SigningKey"];
                };
            };
        };
    };
    revoke_signing_key: {
        parameters: {
            path: {
                /** @description The key's id, as tokens name it. */
                kid: string;
            };
        };
        responses: {
            /** @description Revoked, now or before. */
            200: {
                content: {
                    "application/json": components["schemas"]["SigningKey"];
                };
            };
        };
    };
    get_live_board: {
        responses: {
            /** @description As this process knows it. */
            200: {
                content: {
                    "application/json": components["schemas"]["LiveBoard"];
                };
            };
        };
    };
}
