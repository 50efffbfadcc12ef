// What the figures of an overview mean. A metric is named where /metrics has the same number.
#pragma once

#include "app/figures.hpp"

namespace bw::app {

constexpr FigureKind lane_figures[] = {
    {"threads", "bellwether_lane_threads", "Threads, each with its database connection."},
    {"running", "bellwether_lane_running_items", "In work now."},
    {"queued", "bellwether_lane_queued_items", "Waiting now."},
    {"queue_limit", "bellwether_lane_queue_items_limit", "How many may wait; more are refused."},
    {"oldest_seconds", "bellwether_lane_oldest_seconds",
     "How long the one that waits longest has waited."},
    {"started", "bellwether_lane_started_items_total",
     "Taken by a thread, since the process began."},
    {"refused", "bellwether_lane_refused_items_total",
     "Never started, since the process began: the queue was full, or it would have come too late."},
    {"expired", "bellwether_lane_expired_items_total",
     "Their deadline passed in the queue, since the process began."},
};

constexpr FigureKind journal_figures[] = {
    {"epoch", nullptr, "Which journal this is: a random number, made when it was."},
    {"durability", nullptr, "What an answer promises now; docs/durability.md says what that is."},
    {"durable_seq", "bellwether_journal_durable_seq", "Number of the newest durable record."},
    {"groups", "bellwether_journal_groups_total", "Commit groups: writes that were synced."},
    {"queued", "bellwether_journal_queued_records", "Accepted and not durable yet."},
    {"bytes_used", "bellwether_journal_bytes", "In use."},
    {"bytes_limit", "bellwether_journal_bytes_limit", "Beyond it submissions are refused."},
    {"left_seconds", "bellwether_journal_left_seconds",
     "Until it is full, at its growth in the last 5 minutes."},
    {"disk_free_bytes", nullptr, "Of the disk that it lies on, for this process."},
    {"sealed", "bellwether_journal_sealed",
     "A write or sync failed: nothing is accepted until a new process has recovered it."},
    {"full", "bellwether_journal_full", "Nothing more is accepted until there is room."},
    {"follower_in_step", "bellwether_journal_follower_in_step",
     "The follower has what is acknowledged; not: it is away or far behind."},
    {"follower_groups_behind", "bellwether_journal_follower_groups_behind",
     "Commit groups that the follower has not."},
};

constexpr FigureKind recorder_figures[] = {
    {"recorded_seq", "bellwether_recorder_recorded_seq",
     "Number of the newest record that is in the database."},
    {"behind", "bellwether_recorder_behind_records", "Durable and not in the database yet."},
    {"oldest_unrecorded_seconds", nullptr,
     "Since the oldest of those became durable: how late what was handed in is shown."},
    {"set_aside", "bellwether_recorder_set_aside_records",
     "Refused by the database, waiting for an operator."},
    {"failing", "bellwether_recorder_failing", "Its last attempt did not reach the database."},
};

constexpr FigureKind database_figures[] = {
    {"reachable", nullptr, "The primary answered when it was asked for this document."},
    {"answered_in_ms", nullptr, "How long it took to count jobs and workers."},
    {"timeline", nullptr, "The highest that was seen: one more after each failover."},
    {"breakers_open", "bellwether_breaker_open",
     "Pairs of a lane and a server that are left alone for now: work fails at once."},
};

constexpr FigureKind replica_figures[] = {
    {"state", nullptr, "As who keeps it says: building, catching up, streaming or broken."},
    {"lag_seconds", "bellwether_replica_lag_seconds", "Behind the primary."},
    {"lag_bytes", nullptr, "Of the primary's log, not replayed yet."},
};

constexpr FigureKind jobs_figures[] = {
    {"waiting", "bellwether_jobs_available",
     "Due by now, of all institutions; of a kind counted up to 100,000."},
    {"oldest_seconds", "bellwether_jobs_oldest_seconds", "How long the first has waited; 0: none."},
    {"running", nullptr, "Held by live workers now."},
    {"dead", nullptr, "Dead letters: nobody tries them any more; counted up to 100,000."},
    {"workers", nullptr, "Live ones, of all processes."},
};

constexpr FigureKind job_kind_figures[] = {
    {"waiting", "bellwether_jobs_available", "Due by now, counted up to 100,000."},
    {"oldest_seconds", "bellwether_jobs_oldest_seconds", "How long the first has waited; 0: none."},
    {"left_seconds", "bellwether_jobs_left_seconds",
     "Until all that wait now are done, at the present rate."},
    {"running", nullptr, "Held by live workers now."},
    {"per_second", nullptr, "Completed by all workers, in the last seconds."},
    {"dead", nullptr, "Dead letters: nobody tries them any more."},
    {"paused", nullptr, "An operator decided so: no more of this kind is begun."},
    {"at_once", nullptr, "So many run at once at most, as an operator decided."},
};

constexpr FigureKind head_figures[] = {
    {"published_size", "bellwether_head_size_groups",
     "Commit groups under the last published head of the journal."},
    {"published_at", nullptr, "When it was published."},
    {"failing", "bellwether_heads_failing", "No head can be published."},
    {"witnesses_failing", "bellwether_witness_failing",
     "Witnesses outside that did not take the last head."},
};

constexpr FigureKind archive_figures[] = {
    {"archived_seq", "bellwether_archive_archived_seq", "Number of the newest record in it."},
    {"failing", "bellwether_archive_failing", "The last file could not be written."},
};

constexpr FigureKind clock_figures[] = {
    {"synchronised", "bellwether_clock_synchronised", "The kernel says so."},
    {"error_seconds", "bellwether_clock_error_seconds", "How far off it may be."},
};

constexpr FigureKind revocation_figures[] = {
    {"seen_epoch", "bellwether_revocations_seen_epoch",
     "What was revoked up to this number is known here."},
    {"silent_seconds", "bellwether_revocations_silent_seconds",
     "Since the database last said that all is known here; from 2 on nothing sensitive is done."},
    {"failing", "bellwether_revocations_failing", "The last question had no answer."},
};

constexpr FigureKind directory_figures[] = {
    {"tenants", "bellwether_tenants", "Institutions that this process knows."},
    {"as_of", nullptr, "When the database last confirmed them."},
    {"source", nullptr, "`file`: no database has confirmed them since the process began."},
};

constexpr FigureKind audit_figures[] = {
    {"queued", "bellwether_audit_queued_events", "Events of sign-ins that are not written yet."},
    {"lost", "bellwether_audit_lost_events_total", "The queue was full; since the process began."},
    {"failing", "bellwether_audit_failing", "The last batch could not be written."},
};

constexpr FigureKind mail_figures[] = {
    {"server_reached", "bellwether_mail_server_reached", "By the last attempt."},
    {"failing", "bellwether_mail_failing", "The outbox could not be looked into."},
};

constexpr FigureKind event_figures[] = {
    {"streams", "bellwether_event_streams", "Open now."},
    {"questions_failed", "bellwether_event_questions_failed_total",
     "Looks for news that had no answer, since the process began."},
};

constexpr FigureKind report_figures[] = {
    {"state", "bellwether_reports_state",
     "`streaming`: they follow the database; `snapshot`: they are copied from it anew, and tell "
     "what was before; `rewriting`: what was deleted goes from their file; `waiting`, `stopped`: "
     "they stand still."},
    {"lag_seconds", "bellwether_reports_lag_seconds", "How long ago it is what they tell."},
    {"slot_behind_bytes", "bellwether_reports_slot_behind_bytes",
     "Of log, that the primary keeps until they have read it."},
    {"slot_left_bytes", "bellwether_reports_slot_left_bytes",
     "Of log, until the primary keeps no more, and they are copied anew."},
    {"set_aside", "bellwether_reports_set_aside_rows",
     "Rows with a value that cannot stand there: no report has them."},
    {"snapshots", "bellwether_reports_snapshots_total", "Copies, since their process began."},
    {"run", "bellwether_reports_asked_total", "Reports that were run, since their process began."},
    {"kept", "bellwether_reports_asked_total",
     "Answered again with what was just answered, since their process began."},
    {"failed", "bellwether_reports_asked_total",
     "Reports that came to nothing, since their process began."},
    {"turned_away", "bellwether_reports_asked_total",
     "Too many waited, since their process began."},
    {"memory_bytes", "bellwether_reports_store_memory_bytes", "In use by their store."},
    {"file_bytes", "bellwether_reports_store_file_bytes", "Of their store, on its disk."},
};

constexpr FigureKind first_page_figures[] = {
    {"packs", "bellwether_packs", "First pages in memory."},
    {"bytes", "bellwether_packs_bytes", "Of them."},
    {"bytes_limit", "bellwether_packs_bytes_limit", "Beyond it none is kept."},
    {"from_memory", nullptr, "Pages answered from memory, since the process began."},
    {"from_database", nullptr, "Pages that were read, since the process began."},
    {"prepared", "bellwether_packs_prepared_total", "Before a bell, since the process began."},
    {"over_budget", "bellwether_packs_over_budget_total",
     "Read and not kept, for want of room, since the process began."},
    {"heard", "bellwether_packs_heard",
     "Changes are heard of; without that every page is read from the database."},
};

} // namespace bw::app
