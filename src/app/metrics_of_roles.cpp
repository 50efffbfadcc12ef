// What the process's roles do, as metrics.
#include <limits>

#include "app/load_forecast.hpp"
#include "app/metrics_page.hpp"
#include "reporting/projector.hpp"

namespace bw::app {

/// Sign-ins, refreshes and ended sessions. (Refusals of a lane, by reason, are the lane's.)
void write_sessions(MetricsPage& page, const HealthSources& health) {
    const SessionSources& sources = health.sessions;
    auto number = [](std::uint64_t value) { return static_cast<double>(value); };
    if (sources.sign_in) {
        const auth::SignInStatus status = sources.sign_in->status();
        page.counter("bellwether_sign_ins_total", "By password, by outcome.")
            .add(number(status.signed_in), {{"outcome", "signed_in"}})
            .add(number(status.wrong), {{"outcome", "wrong"}})
            .add(number(status.failed), {{"outcome", "failed"}});
        page.gauge("bellwether_sign_ins_busiest_minute", "By password, in the last hour.")
            .add(number(status.busiest_minute));
        page.counter("bellwether_sign_ins_coalesced_total", "Answered by another's hash.")
            .add(number(status.coalesced));
    }
    if (sources.guards) {
        const auth::GuessLimit::Status guesses = sources.guards->guesses.status();
        page.counter("bellwether_guesses_failed_total", "Passwords and codes that were wrong.")
            .add(number(guesses.failed));
        page.counter("bellwether_guesses_delayed_total", "Told to come later, without a look.")
            .add(number(guesses.delayed));
        page.gauge("bellwether_guesses_counted", "Accounts and devices in memory.")
            .add(number(guesses.items));
        page.counter("bellwether_second_factors_asked_total", "The password was not enough.")
            .add(number(sources.guards->second_factors_asked));
        page.counter("bellwether_second_factors_failed_total", "Wrong codes, or used ones.")
            .add(number(sources.guards->second_factors_failed));
    }
    if (sources.rotations)
        page.counter("bellwether_sessions_unwritten_total",
                     "Begun, although they could not be written down.")
            .add(number(sources.rotations->unwritten()));
    if (sources.refresh) {
        const auth::RefreshStatus status = sources.refresh->status();
        auto refreshes = page.counter("bellwether_refreshes_total", "By outcome.");
        for (const auto& [outcome, count] :
             {std::pair{"rotated", status.rotated}, std::pair{"repeated", status.repeated},
              std::pair{"reused", status.reused}, std::pair{"ended", status.ended},
              std::pair{"outage", status.outage}, std::pair{"failed", status.failed}})
            refreshes.add(number(count), {{"outcome", outcome}});
    }
    if (sources.feed) {
        const tenancy::FeedStatus status = sources.feed->status();
        page.gauge("bellwether_revocations_silent_seconds",
                   "Since the database last said that all is known here.")
            .add(seconds(sources.revocations->silent_for(sources.clock->monotonic())));
        page.gauge("bellwether_revocations_seen_epoch", "Everything up to it is known.")
            .add(static_cast<double>(status.seen_epoch));
        page.gauge("bellwether_revocations_known", "In memory.")
            .add(number(sources.revocations->size()));
        page.counter("bellwether_revocations_restored_total", "Lost by a failover, written again.")
            .add(number(status.restored));
        page.gauge("bellwether_revocations_failing", "1: the last question had no answer.")
            .add(status.failing);
    }
    if (health.audit) {
        const audit::WriterStatus status = health.audit->status();
        page.gauge("bellwether_audit_queued_events", "Not written yet.").add(number(status.queued));
        page.counter("bellwether_audit_lost_events_total", "The queue was full.")
            .add(static_cast<double>(status.lost));
        page.gauge("bellwether_audit_failing", "1: the last batch could not be written.")
            .add(status.failing);
    }
}

void write_events(MetricsPage& page, const HealthSources& sources) {
    if (!sources.events)
        return;
    const notices::HubStatus status = sources.events->status();
    page.gauge("bellwether_event_streams", "Open.").add(static_cast<double>(status.listeners));
    page.counter("bellwether_events_told_total", "Notices, each time a stream was told one.")
        .add(static_cast<double>(status.told));
    page.counter("bellwether_event_questions_total", "To the database, for all who listen.")
        .add(static_cast<double>(status.questions));
    page.counter("bellwether_event_questions_failed_total", "Asked again.")
        .add(static_cast<double>(status.failed));
}

void write_first_pages(MetricsPage& page, const HealthSources& sources) {
    if (!sources.first_pages)
        return;
    const auto [packs, preparer] = sources.first_pages->status();
    auto number = [](std::uint64_t value) { return static_cast<double>(value); };
    page.counter("bellwether_first_pages_total", "Asked for, by where they came from.")
        .add(number(packs.hits), {{"from", "memory"}})
        .add(number(packs.misses), {{"from", "database"}});
    page.counter("bellwether_packs_unheard_total",
                 "Not from memory, since changes had not been heard of for too long.")
        .add(number(packs.silent));
    page.gauge("bellwether_packs_heard", "0: changes are not heard of, and no pack is served.")
        .add(packs.heard);
    page.gauge("bellwether_packs", "First pages in memory.").add(number(packs.packs));
    page.gauge("bellwether_packs_bytes", "Of them.").add(number(packs.bytes));
    page.gauge("bellwether_packs_bytes_limit", "Beyond it none is kept.")
        .add(number(packs.bytes_limit));
    page.counter("bellwether_packs_dropped_total", "Something that they say had changed.")
        .add(number(packs.dropped));
    page.counter("bellwether_packs_over_budget_total", "Read, and not kept: no room.")
        .add(number(packs.over_budget));
    page.counter("bellwether_packs_prepared_total", "Before a bell.")
        .add(number(preparer.prepared));
    page.counter("bellwether_packs_paused_total", "Times that preparing them waited for others.")
        .add(number(preparer.paused));
    page.gauge("bellwether_packs_failing", "1: the last ones could not be prepared.")
        .add(preparer.failing);
}

void write_mail(MetricsPage& page, const HealthSources& sources) {
    if (!sources.mail)
        return;
    const mail::RelayStatus status = sources.mail->status();
    page.counter("bellwether_mails_total", "Tried, by what became of it.")
        .add(static_cast<double>(status.sent), {{"outcome", "sent"}})
        .add(static_cast<double>(status.refused), {{"outcome", "refused"}})
        .add(static_cast<double>(status.postponed), {{"outcome", "postponed"}})
        .add(static_cast<double>(status.expired), {{"outcome", "expired"}});
    page.gauge("bellwether_mail_server_reached", "0: it was not, by the last attempt.")
        .add(status.server_reached);
    page.gauge("bellwether_mail_failing", "1: the outbox could not be looked into.")
        .add(status.failing);
}

void write_journal(MetricsPage& page, const HealthSources& sources) {
    if (!sources.journal)
        return;
    const journal::JournalStatus journal = sources.journal->status();
    page.gauge("bellwether_journal_bytes", "In use.").add(static_cast<double>(journal.bytes_used));
    page.gauge("bellwether_journal_bytes_limit", "Beyond it submissions are refused.")
        .add(static_cast<double>(journal.bytes_limit));
    page.gauge("bellwether_journal_durable_seq", "Of the newest durable record.")
        .add(static_cast<double>(journal.durable_seq));
    page.counter("bellwether_journal_groups_total", "Commit groups.")
        .add(static_cast<double>(journal.groups));
    page.gauge("bellwether_journal_queued_records", "Not durable yet.")
        .add(static_cast<double>(journal.queued));
    page.gauge("bellwether_journal_sealed", "1: a sync failed, nothing is accepted.")
        .add(journal.sealed);
    if (sources.archiver) {
        const submissions::ArchiverStatus archiver = sources.archiver->status();
        page.gauge("bellwether_archive_archived_seq", "Of the newest record in the archive.")
            .add(static_cast<double>(archiver.archived_seq));
        page.gauge("bellwether_archive_failing", "1: the last file could not be written.")
            .add(archiver.failing);
    }
    if (journal.follower) {
        page.gauge("bellwether_journal_follower_in_step", "0: it is away or far behind.")
            .add(journal.follower->in_step);
        page.gauge("bellwether_journal_follower_groups_behind", "Commit groups it has not.")
            .add(static_cast<double>(journal.groups -
                                     std::min(journal.groups, journal.follower->groups)));
    }
    page.gauge("bellwether_journal_full", "1: nothing more is accepted.").add(journal.full);
    if (sources.journal_growth) {
        const auto left = journal_time_left(sources);
        page.gauge("bellwether_journal_left_seconds", "Until it is full at its present growth.")
            .add(left ? seconds(*left) : std::numeric_limits<double>::infinity());
    }
    if (!sources.recorder)
        return;
    const submissions::RecorderStatus recorder = sources.recorder->status();
    page.gauge("bellwether_recorder_recorded_seq", "Of the newest record in the database.")
        .add(static_cast<double>(recorder.recorded_seq));
    page.gauge("bellwether_recorder_behind_records", "Durable and not recorded yet.")
        .add(static_cast<double>(journal.durable_seq -
                                 std::min(journal.durable_seq, recorder.recorded_seq)));
    page.gauge("bellwether_recorder_set_aside_records", "Set aside, waiting for an operator.")
        .add(static_cast<double>(recorder.set_aside));
    if (recorder.standby_seq)
        page.gauge("bellwether_recorder_standby_seq", "Of the newest record on the standby.")
            .add(static_cast<double>(*recorder.standby_seq));
    page.gauge("bellwether_recorder_failing", "1: its last attempt did not reach the database.")
        .add(recorder.failing);
    page.counter("bellwether_recorder_rests_total", "After batches, for a peak that was forecast.")
        .add(static_cast<double>(recorder.rests));
}

void write_activity(MetricsPage& page, const HealthSources& sources) {
    if (!sources.activity)
        return;
    const activity::IntakeStatus intake = sources.activity->intake->status();
    auto add = [](MetricsPage::Family& family, std::uint64_t value, const char* outcome) {
        family.add(static_cast<double>(value), {{"outcome", outcome}});
    };
    auto sent = page.counter("bellwether_activities_sent_total", "By clients, by what became.");
    add(sent, intake.taken, "taken");
    add(sent, intake.over_quota, "over_quota");
    add(sent, intake.shed, "shed");
    add(sent, intake.failed, "failed");
    add(sent, intake.not_wanted, "not_wanted");
    page.gauge("bellwether_activity_open", "0: its journal could not be opened, or is sealed.")
        .add(sources.activity->journal && !sources.activity->journal->status().sealed);
    if (!sources.activity->recorder)
        return;
    const journal::JournalStatus journal = sources.activity->journal->status();
    const activity::RecorderStatus recorder = sources.activity->recorder->status();
    auto recorded =
        page.counter("bellwether_activities_total", "Out of the journal, by what became.");
    add(recorded, recorder.recorded, "recorded");
    add(recorded, recorder.doubled, "doubled");
    add(recorded, recorder.unfit, "unfit");
    add(recorded, recorder.not_wanted, "not_wanted");
    page.counter("bellwether_activities_forgotten_total", "By age.")
        .add(static_cast<double>(recorder.forgotten));
    page.counter("bellwether_activity_lost_records_total", "Forgotten before they were recorded.")
        .add(static_cast<double>(recorder.lost));
    page.gauge("bellwether_activity_behind_records", "Durable and not recorded yet.")
        .add(static_cast<double>(journal.durable_seq -
                                 std::min(journal.durable_seq, recorder.recorded_seq)));
    page.gauge("bellwether_activity_set_aside_records", "Set aside, waiting for an operator.")
        .add(static_cast<double>(recorder.set_aside));
    page.gauge("bellwether_activity_failing", "1: its last attempt did not reach the database.")
        .add(recorder.failing);
    page.gauge("bellwether_activity_journal_bytes", "In use.")
        .add(static_cast<double>(journal.bytes_used));
}

void write_heads(MetricsPage& page, const HealthSources& sources) {
    if (!sources.heads)
        return;
    const submissions::HeadStatus heads = sources.heads->status();
    page.gauge("bellwether_head_size_groups", "Under the last published head.")
        .add(static_cast<double>(heads.published_size));
    page.gauge("bellwether_heads_failing", "1: no head can be published.").add(heads.failing);
    auto sizes = page.gauge("bellwether_witness_size_groups", "Under the last head it took.");
    auto failing = page.gauge("bellwether_witness_failing", "1: it did not take the last head.");
    for (const auto& witness : heads.witnesses) {
        sizes.add(static_cast<double>(witness.size), {{"witness", witness.name}});
        failing.add(witness.failing, {{"witness", witness.name}});
    }
}

void write_jobs(MetricsPage& page, const HealthSources& sources) {
    if (!sources.worker)
        return;
    const jobs::WorkerStatus worker = sources.worker->status();
    page.counter("bellwether_jobs_total", "Attempts that this process ended, by how.")
        .add(static_cast<double>(worker.completed), {{"end", "completed"}})
        .add(static_cast<double>(worker.failed), {{"end", "failed"}})
        .add(static_cast<double>(worker.put_off), {{"end", "put_off"}})
        .add(static_cast<double>(worker.lost), {{"end", "lost"}});
    page.counter("bellwether_jobs_rescued_total", "Whose worker or lease was lost.")
        .add(static_cast<double>(worker.rescued));
    page.gauge("bellwether_job_worker_failing", "1: its last claim did not reach the database.")
        .add(worker.failing);
    page.gauge("bellwether_job_threads_claiming", "Fewer while the primary is busy, or at a bell.")
        .add(worker.pace.threads);
    auto waiting = page.gauge("bellwether_jobs_available", "Due by now, in all institutions.");
    auto oldest = page.gauge("bellwether_jobs_oldest_seconds", "How long the first has waited.");
    auto left = page.gauge("bellwether_jobs_left_seconds", "Until these are done, at this rate.");
    for (const jobs::Backlog& of : worker.backlog) {
        const Labels kind{{"kind", of.kind}};
        waiting.add(static_cast<double>(of.waiting), kind);
        oldest.add(seconds(of.oldest.value_or(Duration{})), kind);
        const auto estimate = of.estimate();
        left.add(estimate ? seconds(*estimate) : std::numeric_limits<double>::infinity(), kind);
    }
}

/// Of all institutions together: what to scale for.
void write_forecast(MetricsPage& page, const HealthSources& sources) {
    if (!sources.forecast)
        return;
    page.counter("bellwether_forecast_lost_counts_total", "Counted, and given up: too many waited.")
        .add(static_cast<double>(sources.forecast->counter.lost()));
    const auto standing = sources.forecast->keeper.standing();
    page.gauge("bellwether_forecast_stands", "0: there is none, or it is stale; scale without it.")
        .add(standing != nullptr);
    if (!standing)
        return;
    auto expected = page.gauge("bellwether_forecast_peak_per_minute",
                               "The busiest minute of the next 15, expected, by kind.");
    auto high = page.gauge("bellwether_forecast_peak_high_per_minute",
                           "The same, where nine in ten minutes end: scale for this.");
    auto week = page.gauge("bellwether_forecast_week_peak_per_minute",
                           "The busiest minute that the forecast reaches, by kind.");
    auto wape = page.gauge("bellwether_forecast_wape", "Error over what came, of the last days.");
    page.gauge("bellwether_forecast_made_timestamp_seconds", "When.")
        .add(static_cast<double>(standing->made_at.ms) / 1000);
    const forecast::Board& board = standing->board;
    const std::int64_t now = board.window().minute(sources.forecast->clock.now());
    for (std::size_t k = 0; k < forecast::kinds; ++k) {
        const forecast::Line& line = board.total().lines[k];
        if (line.basis == forecast::Basis::unknown)
            continue;
        const Labels kind{{"kind", std::string(forecast::kind_names[k])}};
        const forecast::Peak soon = forecast::peak(line, board.window(), now, now + 15);
        expected.add(static_cast<double>(soon.expected) / 1000, kind);
        high.add(forecast::band(soon.expected, soon.doubt).high, kind);
        week.add(static_cast<double>(
                     forecast::peak(line, board.window(), now, board.window().minutes).expected) /
                     1000,
                 kind);
        if (const auto error = forecast::score_of(standing->errors[k]).wape)
            wape.add(*error, kind);
    }
}

void write_reports(MetricsPage& page, const HealthSources& sources) {
    if (!sources.reports)
        return;
    const ReportState state = sources.reports();
    auto gauge = [&](const char* name, const char* help, auto value) {
        if (value)
            page.gauge(name, help).add(static_cast<double>(*value));
    };
    auto counter = [&](const char* name, const char* help, std::uint64_t value) {
        page.counter(name, help).add(static_cast<double>(value));
    };
    auto is = page.gauge("bellwether_reports_state", "1: the store is in it now.");
    for (const auto each : reporting::projector_states)
        is.add(state.state == wire_name(each), {{"state", std::string(wire_name(each))}});
    gauge("bellwether_reports_lag_seconds", "How long ago it is what reports tell.",
          state.lag_seconds);
    gauge("bellwether_reports_slot_behind_bytes", "Of log, that the primary keeps for the store.",
          state.slot_bytes_behind);
    gauge("bellwether_reports_slot_left_bytes", "Of log, until it keeps no more.",
          state.slot_bytes_left);
    page.gauge("bellwether_reports_set_aside_rows", "Rows that cannot stand in the store.")
        .add(static_cast<double>(state.set_aside));
    counter("bellwether_reports_snapshots_total", "The whole database was copied.",
            state.snapshots);
    counter("bellwether_reports_commits_total", "Of the store.", state.commits);
    counter("bellwether_reports_rows_total", "Taken into the store.", state.rows);
    auto asked = page.counter("bellwether_reports_asked_total", "Reports, by what became.");
    for (const auto& [outcome, count] :
         {std::pair{"run", state.run}, std::pair{"kept", state.kept},
          std::pair{"failed", state.failed}, std::pair{"turned_away", state.turned_away}})
        asked.add(static_cast<double>(count), {{"outcome", outcome}});
    page.counter("bellwether_reports_running_seconds_total", "Of reports, one at a time.")
        .add(state.running_seconds);
    gauge("bellwether_reports_store_memory_bytes", "In use by the store.", state.memory_bytes);
    gauge("bellwether_reports_store_file_bytes", "On the disk.", state.file_bytes);
}

void write_live(MetricsPage& page, const HealthSources& sources) {
    if (!sources.live)
        return;
    const LiveStatus status = sources.live->status();
    page.gauge("bellwether_live_audience_classes", "Live classes that this process knows.")
        .add(static_cast<double>(status.audience.classes));
    page.gauge("bellwether_live_audience_people", "In the rosters of classes that are open.")
        .add(static_cast<double>(status.audience.people));
    page.gauge("bellwether_live_audience_over_limit", "Rosters that are not held for want of room.")
        .add(static_cast<double>(status.audience.over_limit));
    page.gauge("bellwether_live_audience_unread",
               "Institutions whose live classes could not be read the last time.")
        .add(static_cast<double>(status.audience.unread));
    page.gauge("bellwether_attendance_rows_waiting", "That the database does not have yet.")
        .add(static_cast<double>(status.attendance_waits.rows));
    page.counter("bellwether_heartbeats_total", "That were taken.")
        .add(static_cast<double>(status.attendance_waits.taken));
    page.counter("bellwether_heartbeats_refused_total", "For want of room.")
        .add(static_cast<double>(status.attendance_waits.refused));
    page.gauge("bellwether_attendance_failing", "1: it cannot be written.")
        .add(status.attendance.failing ? 1 : 0);
    if (!status.leader)
        return;
    const live::LeaderStatus& leader = *status.leader;
    page.gauge("bellwether_live_leads", "1: this process carries plans out.")
        .add(leader.epoch != 0 ? 1 : 0);
    page.gauge("bellwether_live_clock_off_seconds", "Of this process, against the database's.")
        .add(static_cast<double>(leader.clock_off_ms) / 1000);
    auto states = page.gauge("bellwether_live_classes", "By the state of their plans.");
    for (std::size_t i = 0; i < live::state_names.size(); ++i) {
        const auto found = leader.states.find(static_cast<live::State>(i));
        states.add(found == leader.states.end() ? 0 : static_cast<double>(found->second),
                   {{"state", std::string(live::state_names[i])}});
    }
    page.gauge("bellwether_live_no_go", "Classes that are not as planned.")
        .add(static_cast<double>(leader.no_go));
    page.gauge("bellwether_live_deeds_running", "Steps of plans.")
        .add(static_cast<double>(leader.running));
    page.counter("bellwether_live_steps_total", "Steps of plans that were recorded.")
        .add(static_cast<double>(leader.steps));
    page.counter("bellwether_live_faults_total", "Steps in vain.")
        .add(static_cast<double>(leader.faults));
    page.counter("bellwether_live_lost_total", "Steps that somebody else forestalled.")
        .add(static_cast<double>(leader.lost));
}

void write_rooms(MetricsPage& page, const HealthSources& sources) {
    if (!sources.rooms)
        return;
    const rooms::RoomsStatus status = sources.rooms->status();
    auto gauge = [&](const char* name, const char* meaning, std::size_t value) {
        page.gauge(name, meaning).add(static_cast<double>(value));
    };
    auto counter = [&](const char* name, const char* meaning, std::uint64_t value) {
        page.counter(name, meaning).add(static_cast<double>(value));
    };
    gauge("bellwether_rooms", "Rooms of live classes that this process holds.", status.rooms);
    gauge("bellwether_rooms_people", "In them.", status.people);
    gauge("bellwether_rooms_sockets", "Open, those that have not entered too.", status.sockets);
    gauge("bellwether_rooms_entering", "Waiting to be let in.", status.entering);
    counter("bellwether_rooms_entered_total", "People who were let in.", status.entered);
    counter("bellwether_rooms_refused_total", "Who were not.", status.refused);
    counter("bellwether_rooms_claimed_total", "Rooms.", status.claimed);
    counter("bellwether_rooms_lost_total", "Rooms that another process claimed.", status.lost);
    counter("bellwether_rooms_faults_total", "Of the database.", status.faults);
    const auto media = sources.rooms->media();
    if (!media)
        return;
    gauge("bellwether_rooms_janus_ready", "1: there is a session at Janus.", media->janus.ready);
    gauge("bellwether_rooms_janus_handles", "Connections of people, and one of each room.",
          media->janus.handles);
    gauge("bellwether_rooms_speakers", "Who send sound or picture.", media->speakers);
    gauge("bellwether_rooms_viewers", "Who see speakers in rooms.", media->viewers);
    counter("bellwether_rooms_janus_sessions_total", "Begun.", media->janus.sessions);
    counter("bellwether_rooms_janus_timeouts_total", "Requests that Janus did not answer.",
            media->janus.timeouts);
}

/// By preset, not by provider: institutions have those.
void write_federation(MetricsPage& page, const HealthSources& sources) {
    if (!sources.providers || !sources.federation)
        return;
    const federation::SignInStatus sign_ins = sources.federation->status();
    const federation::FetcherStatus fetches = sources.providers->status();
    auto ended = page.counter("bellwether_federation_sign_ins_total",
                              "Browsers that came back from identity providers.");
    auto asked =
        page.counter("bellwether_federation_fetches_total", "Requests to identity providers.");
    auto open = page.gauge("bellwether_federation_breakers_open",
                           "Identity providers that are not asked for now.");
    page.gauge("bellwether_federation_fetches_running", "Requests to identity providers.")
        .add(static_cast<double>(fetches.running));
    for (federation::Preset preset : federation::all_presets) {
        const std::string name(wire_name(preset));
        auto add = [&](MetricsPage::Family& family, std::uint64_t value, const char* outcome) {
            family.add(static_cast<double>(value), {{"preset", name}, {"outcome", outcome}});
        };
        const auto& of = sign_ins.presets[static_cast<std::size_t>(preset)];
        add(ended, of.signed_in, "signed_in");
        add(ended, of.linked, "linked");
        add(ended, of.refused, "refused");
        add(ended, of.failed, "failed");
        const auto& fetched = fetches.presets[static_cast<std::size_t>(preset)];
        add(asked, fetched.answered, "answered");
        add(asked, fetched.failed, "failed");
        add(asked, fetched.late, "late");
        add(asked, fetched.refused, "refused");
        open.add(static_cast<double>(fetched.breakers_open), {{"preset", name}});
    }
}

} // namespace bw::app
