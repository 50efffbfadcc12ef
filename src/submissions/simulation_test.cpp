// Intake as a whole against a model, step by step from a seed: several nodes with disks that lose
// power, fail and rot, submissions that come twice and to two nodes, recorders that race, a primary
// that is replaced by a standby behind it. The journal, its tree log, the records and the
// judgement are the real code; the database is a model with the recorder's rules.
// BW_SIMULATION_STEPS sets how many steps; a failure names its seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <set>

#include "journal/testing.hpp"
#include "journal/tree_log.hpp"
#include "submissions/judge.hpp"
#include "submissions/record.hpp"

namespace bw::submissions {
namespace {

using journal::Segments;
using journal::SimulatedDisk;
using journal::TreeLog;

constexpr std::uint64_t steps_each_life = 5'000;
constexpr std::size_t nodes_count = 3;

std::uint64_t steps_wanted() {
    const char* set = std::getenv("BW_SIMULATION_STEPS");
    return set ? std::strtoull(set, nullptr, 10) : 40'000;
}

/// Whether the dice met what they are thrown for.
struct Seen {
    std::uint64_t steps = 0, acknowledged = 0, merged = 0, key_reused = 0, power_cuts = 0,
                  killed = 0, sealed = 0, full = 0, torn = 0, kept_unacknowledged = 0,
                  forgotten = 0, failovers = 0, rolled_back = 0, raced = 0, flips = 0,
                  flips_found = 0, heads = 0;
};

/// What is switched off, to see that the simulation tells.
enum class Sabotage { none, syncs_do_nothing, cursor_is_not_compared, forgets_before_the_standby };

// ---- the database ----

struct Row {
    Sha256 content{};
    Instant received_at;
    Verdict verdict;
    bool operator==(const Row&) const = default;
};

/// Commits one transaction a batch; can go back to any earlier commit, as a standby that was behind
/// does.
class Database {
public:
    std::map<SubmissionId, Row> rows;
    std::set<std::pair<SubmissionId, Sha256>> refused; // contents that came under a key in use
    std::map<std::uint64_t, std::uint64_t> cursors;    // by epoch

    Database(Seen& seen, bool compares) : seen_(seen), compares_(compares) {}

    /// False, and nothing done, if another recorder has moved the cursor.
    bool record(std::uint64_t epoch, std::uint64_t from, std::uint64_t to,
                const std::vector<Statement>& statements, Instant due_at) {
        if (compares_ && cursors[epoch] != from)
            return false;
        std::vector<std::function<void()>>& undo = history_.emplace_back();
        undo.push_back([this, epoch, before = cursors[epoch]] { cursors[epoch] = before; });
        cursors[epoch] = to;
        for (const Statement& s : statements)
            apply(s, due_at, undo);
        return true;
    }
    std::size_t position() const { return history_.size(); }
    void go_back_to(std::size_t position) {
        for (; history_.size() > position; history_.pop_back(), ++seen_.rolled_back)
            for (auto undo = history_.back().rbegin(); undo != history_.back().rend(); ++undo)
                (*undo)();
    }

private:
    void apply(const Statement& s, Instant due_at, std::vector<std::function<void()>>& undo) {
        const SubmissionId id = s.submission_id();
        const Row row{
            s.content_sha256, s.received_at,
            judge({.rules = Rules{.due_at = due_at}, .enrolled = s.user.uuid[15] % 7 != 0}, s, "")};
        auto [at, is_new] = rows.try_emplace(id, row);
        if (is_new) {
            undo.push_back([this, id] { rows.erase(id); });
        } else if (at->second.content != row.content) {
            if (refused.emplace(id, row.content).second)
                undo.push_back([this, key = std::pair(id, row.content)] { refused.erase(key); });
            ++seen_.key_reused;
        } else {
            ++seen_.merged;
            if (row.received_at < at->second.received_at) {
                undo.push_back([this, id, before = at->second] { rows.at(id) = before; });
                at->second = row;
            }
        }
    }

    Seen& seen_;
    const bool compares_;
    std::vector<std::vector<std::function<void()>>> history_;
};

// ---- a node ----

struct Sent {
    Statement statement;
    std::string content;
    Bytes record() const { return encode(statement) + content; }
};

struct Node {
    std::shared_ptr<SimulatedDisk> disk = SimulatedDisk::make(), log_disk = SimulatedDisk::make();
    journal::Driver driver;
    std::unique_ptr<TreeLog> log;
    std::vector<Sent> journalled;          // all that is durable, from the first record on
    std::vector<Sent> doubtful;            // of the group that a failure met
    std::map<std::uint64_t, Sha256> heads; // roots that were shown to somebody, by size
    bool is_open() const { return driver.segments != nullptr && log != nullptr; }
    std::uint64_t epoch() const { return driver.segments->manifest().epoch; }
};

class World {
public:
    World(std::uint64_t seed, Seen& seen, Sabotage sabotage = Sabotage::none)
        : seen_(seen), sabotage_(sabotage), rng_(seed),
          database_(seen, sabotage != Sabotage::cursor_is_not_compared) {
        options_ = journal::small_options();
        options_.segment_bytes = 4096 * (3 + rng_.u64() % 4);
        options_.record_bytes_limit = 3000;
        options_.total_bytes_limit = options_.segment_bytes * 24;
        for (Node& node : nodes_) {
            node.driver.sign = [](ByteView) { return Signature{}; }; // most of the time otherwise
            node.driver.verify = false;
            node.disk->ignore_syncs = sabotage == Sabotage::syncs_do_nothing;
            // Each journal draws an epoch of its own.
            for (auto draws = (&node - nodes_.data()) * 1000 + static_cast<int>(dice(1000));
                 draws > 0; --draws)
                (void)node.driver.rng.u64();
        }
    }

    /// What went wrong, or empty.
    std::string live(std::uint64_t steps) {
        for (std::uint64_t i = 0; i < steps && wrong_.empty(); ++i, ++seen_.steps)
            step();
        if (wrong_.empty())
            settle();
        return wrong_;
    }

private:
    void step() {
        Node& node = nodes_[dice(nodes_count)];
        clock_.ms += static_cast<std::int64_t>(dice(50));
        if (!node.is_open())
            return open(node);
        switch (dice(40)) {
        case 0:
            return kill(node, false);
        case 1:
            return dice(2) ? kill(node, true) : cut_power_soon(node);
        case 2:
            return fail_something(node);
        case 3:
            return dice(8) ? publish(node) : fail_over();
        case 4:
            return forget(node);
        case 5:
            return dice(6) ? replicate() : flip_a_bit(node);
        case 6:
        case 7:
        case 8:
        case 9:
        case 10:
        case 11:
            return record(node);
        default:
            return take_in(node);
        }
    }

    std::uint64_t dice(std::uint64_t sides) { return rng_.u64() % sides; }
    void wrong(const std::string& what) {
        if (wrong_.empty())
            wrong_ = what;
    }

    // ---- intake ----

    Sent make_sent() {
        if (!sent_.empty() && dice(4) == 0) { // a retry, perhaps at another node
            Sent again = sent_[sent_.size() - 1 - dice(std::min<std::size_t>(sent_.size(), 200))];
            if (dice(5) == 0)
                again.content += "!"; // a careless client: another content under a key in use
            again.statement.content_bytes = static_cast<std::uint32_t>(again.content.size());
            again.statement.content_sha256 = sha256(again.content);
            again.statement.received_at = received_at();
            return again;
        }
        Sent fresh;
        fresh.content =
            Bytes(1 + dice(dice(4) == 0 ? 2500 : 120), static_cast<char>('a' + dice(26)));
        fresh.statement = {.idempotency_key = std::to_string(sent_.size()),
                           .received_at = received_at(),
                           .clock_error = {static_cast<std::uint32_t>(dice(20))},
                           .content_bytes = static_cast<std::uint32_t>(fresh.content.size()),
                           .content_sha256 = sha256(fresh.content)};
        fresh.statement.assignment.uuid[15] = static_cast<std::uint8_t>(dice(5));
        fresh.statement.user.uuid[15] = static_cast<std::uint8_t>(dice(50));
        sent_.push_back(fresh);
        return fresh;
    }
    /// Nodes' clocks differ a little.
    Instant received_at() { return Instant{clock_.ms + static_cast<std::int64_t>(dice(100))}; }

    void take_in(Node& node) {
        std::vector<Sent> group;
        std::vector<Bytes> records;
        for (std::uint64_t i = 0, n = 1 + dice(6); i < n; ++i) {
            group.push_back(make_sent());
            records.push_back(group.back().record());
        }
        node.driver.clock.step_wall(clock_ - node.driver.clock.now());
        auto commit = node.driver.commit(records);
        group.resize(commit.taken); // the rest was never accepted
        if (commit.group) {
            seen_.acknowledged += group.size();
            node.journalled.insert(node.journalled.end(), group.begin(), group.end());
            return;
        }
        if (commit.group.error().code == Code::storage_full && commit.taken == 0) {
            ++seen_.full; // refused before acceptance; forgetting makes room
            node.disk->capacity = UINT64_MAX;
            return;
        }
        node.doubtful = std::move(group);
        ++seen_.sealed;
        kill(node, dice(2) == 0);
    }

    // ---- faults ----

    void kill(Node& node, bool power_too) {
        node.driver.segments.reset();
        node.log.reset();
        ++(power_too ? seen_.power_cuts : seen_.killed);
        for (const auto& disk : {node.disk, node.log_disk}) {
            disk->fail_next_sync = disk->fail_next_write = false;
            if (power_too)
                disk->lose_power(rng_);
            disk->power_off_at = disk->operations = 0;
        }
    }
    void cut_power_soon(Node& node) {
        node.disk->operations = node.log_disk->operations = 0;
        (dice(3) ? node.disk : node.log_disk)->power_off_at = 1 + dice(40);
    }
    void fail_something(Node& node) {
        switch (dice(4)) {
        case 0:
            node.disk->fail_next_sync = true;
            break;
        case 1:
            node.disk->fail_next_write = true;
            break;
        case 2:
            node.log_disk->fail_next_sync = true;
            break;
        default:
            node.disk->capacity = options_.segment_bytes * (2 + dice(8));
        }
    }

    void open(Node& node) {
        if (auto opened = node.driver.open(node.disk, options_); !opened)
            return failed_opening(node, *node.disk, opened.error());
        seen_.torn += node.driver.segments->recovery().torn_bytes > 0;
        // What was acknowledged is there; the group that a failure met is whole or gone.
        const std::uint64_t durable = node.driver.segments->durable_seq();
        const std::uint64_t sure = node.journalled.size();
        if (durable == sure + node.doubtful.size() && !node.doubtful.empty()) {
            node.journalled.insert(node.journalled.end(), node.doubtful.begin(),
                                   node.doubtful.end());
            ++seen_.kept_unacknowledged;
        } else if (durable != sure) {
            return wrong("a journal of " + std::to_string(sure) + " records opens with " +
                         std::to_string(durable));
        }
        node.doubtful.clear();
        check_content(node, node.driver.segments.get());
        auto log =
            TreeLog::open(node.log_disk->mount(), node.epoch(),
                          node.driver.segments->forgotten_tree(), node.driver.segments->groups());
        if (!log)
            return failed_opening(node, *node.log_disk, log.error());
        node.log = *std::move(log);
    }
    void failed_opening(Node& node, SimulatedDisk& disk, const Error& error) {
        if (!disk.is_off() && error.code != Code::storage_full &&
            error.text().find("simulated failure") == std::string::npos)
            wrong("opening: " + error.text());
        node.disk->capacity = UINT64_MAX;
        kill(node, true);
    }

    /// A damaged byte is found, by whoever reads it or by the next opening; what is read is right.
    void flip_a_bit(Node& node) {
        std::vector<journal::SegmentView> in_use;
        for (const auto& view : node.driver.segments->views())
            if (view.used_bytes > journal::segment_header_bytes)
                in_use.push_back(view);
        if (in_use.size() < 2)
            return;
        in_use.pop_back(); // damage to the very last group looks like a torn tail
        const auto& segment = in_use[dice(in_use.size())];
        auto copy = node.disk->copy();
        Bytes& bytes = copy->bytes_of(journal::segment_name(node.epoch(), segment.number));
        bytes[dice(segment.used_bytes)] ^= static_cast<char>(1 << dice(8));
        ++seen_.flips;
        auto looked = journal::look(*copy->mount());
        if (looked)
            return wrong("a bit flipped in segment " + std::to_string(segment.number) +
                         " of a journal was not noticed");
        if (looked.error().code == Code::corrupt)
            ++seen_.flips_found;
    }

    void check_content(Node& node, const Segments* segments) {
        journal::Reader reader(*segments, node.driver.sign);
        std::uint64_t after = segments->first_seq() - 1;
        while (after < node.journalled.size()) {
            auto entries = reader.read(after, 1 + dice(40), 1 << 20);
            if (!entries)
                return wrong("reading: " + entries.error().text());
            for (const journal::Entry& entry : *entries)
                if (entry.position.seq != ++after ||
                    entry.record != node.journalled[after - 1].record())
                    return wrong("record " + std::to_string(after) + " is not what was written");
        }
    }

    // ---- behind the journal ----

    void record(Node& node) {
        const std::uint64_t cursor = database_.cursors[node.epoch()];
        journal::Reader reader(*node.driver.segments, node.driver.sign);
        auto entries = reader.read(cursor, 1 + dice(60), 1 << 20);
        if (!entries)
            return wrong("the recorder cannot read on from " + std::to_string(cursor) + ": " +
                         entries.error().text());
        std::vector<Statement> statements;
        for (const journal::Entry& entry : *entries) {
            auto record = decode_record(entry.record);
            if (!record)
                return wrong("a record that is none: " + record.error().text());
            statements.push_back(record->statement);
        }
        const std::uint64_t to = cursor + statements.size();
        if (dice(10) == 0 && to > cursor) { // a second recorder had read the same, and is slower
            database_.record(node.epoch(), cursor, to, statements, due_at_);
            if (database_.record(node.epoch(), cursor, to, statements, due_at_))
                return wrong("two recorders have both moved the cursor");
            ++seen_.raced;
            return;
        }
        database_.record(node.epoch(), cursor, to, statements, due_at_);
    }
    void replicate() {
        standby_ = standby_ + dice(database_.position() - standby_ + 1);
        if (standby_ == database_.position())
            standby_cursors_ = database_.cursors;
    }
    void fail_over() {
        database_.go_back_to(standby_);
        ++seen_.failovers;
    }

    void publish(Node& node) {
        journal::Reader reader(*node.driver.segments, node.driver.sign);
        auto groups = reader.groups(node.log->size(), 1 + dice(100));
        if (!groups)
            return wrong("groups: " + groups.error().text());
        if (auto appended = node.log->append(*groups); !appended) {
            if (appended.error().code == Code::corrupt)
                wrong("the log: " + appended.error().text());
            return kill(node, dice(2) == 0);
        }
        const std::uint64_t size = node.log->size();
        if (size == 0)
            return;
        auto root = node.log->root(size);
        if (!root)
            return wrong("root: " + root.error().text());
        node.heads.emplace(size, *root);
        auto earlier = node.heads.begin();
        std::advance(earlier, dice(node.heads.size()));
        auto path = node.log->consistency_path(earlier->first, size);
        if (!path || !verify_consistency(earlier->first, earlier->second, size, *root, *path))
            return wrong("the head of " + std::to_string(earlier->first) +
                         " groups is no beginning of the one of " + std::to_string(size));
        ++seen_.heads;
    }
    /// What a standby has recorded and the tree log knows.
    void forget(Node& node) {
        if (node.log->size() == 0)
            return;
        auto last = node.log->group(node.log->size());
        if (!last)
            return wrong("group: " + last.error().text());
        auto& cursors = sabotage_ == Sabotage::forgets_before_the_standby ? database_.cursors
                                                                          : standby_cursors_;
        const std::uint64_t up_to =
            std::min<std::uint64_t>(last->first_seq + last->size - 1, cursors[node.epoch()]);
        const std::uint64_t before = node.driver.segments->first_seq();
        if (!node.driver.segments->forget(up_to, Instant{INT64_MAX}))
            return kill(node, dice(2) == 0);
        seen_.forgotten += node.driver.segments->first_seq() > before;
    }

    // ---- the reckoning ----

    /// Everything is mended and catches up; then nothing acknowledged may be missing.
    void settle() {
        for (Node& node : nodes_) {
            node.disk->capacity = UINT64_MAX;
            for (int tries = 0; (tries == 0 || !node.is_open()) && wrong_.empty(); ++tries) {
                kill(node, dice(2) == 0);
                open(node);
            }
            while (wrong_.empty() && database_.cursors[node.epoch()] < node.journalled.size())
                record(node);
            while (wrong_.empty() && node.log->size() < node.driver.segments->groups())
                publish(node);
            for (const auto& [size, root] : node.heads)
                if (auto now = node.log->root(size); !now || *now != root)
                    wrong("a head that was shown was rewritten");
        }
        std::map<std::pair<SubmissionId, Sha256>, Sent> earliest;
        for (const Node& node : nodes_)
            for (const Sent& sent : node.journalled) {
                auto [at, is_new] = earliest.try_emplace(
                    {sent.statement.submission_id(), sent.statement.content_sha256}, sent);
                if (!is_new && sent.statement.received_at < at->second.statement.received_at)
                    at->second = sent;
            }
        std::size_t rows = 0;
        for (const auto& [key, sent] : earliest) {
            auto row = database_.rows.find(key.first);
            if (row == database_.rows.end())
                return wrong("an acknowledged submission is lost");
            if (row->second.content != key.second) {
                if (!database_.refused.contains(key))
                    wrong("a content under a key in use is neither recorded nor refused");
                continue;
            }
            ++rows;
            const Statement& s = sent.statement;
            if (row->second.received_at != s.received_at)
                wrong("the earliest received_at does not stand");
            const bool late =
                s.received_at - std::chrono::milliseconds(*s.clock_error.ms) >= due_at_;
            if (row->second.verdict.late != late)
                wrong("lateness was not judged again");
        }
        if (rows != database_.rows.size())
            wrong("a row that nobody sent");
    }

    Seen& seen_;
    const Sabotage sabotage_;
    SeededRng rng_;
    journal::JournalOptions options_;
    std::array<Node, nodes_count> nodes_;
    Database database_;
    std::size_t standby_ = 0; // its position in the database's history
    std::map<std::uint64_t, std::uint64_t> standby_cursors_;
    std::vector<Sent> sent_;
    Instant clock_{1'700'000'000'000};
    const Instant due_at_{1'700'000'000'000 + 60'000};
    std::string wrong_;
};

TEST(Simulation, WhateverFailsNothingAcknowledgedIsLostDoubledOrRewritten) {
    Seen seen;
    for (std::uint64_t seed = 1; seen.steps < steps_wanted(); ++seed)
        ASSERT_EQ(World(seed, seen).live(steps_each_life), "")
            << "seed " << seed << ", step " << seen.steps;
    const std::uint64_t lives = seen.steps / steps_each_life;
    for (auto [what, count] : {std::pair{"acknowledged", seen.acknowledged},
                               {"merged", seen.merged},
                               {"key reused", seen.key_reused},
                               {"power cuts", seen.power_cuts},
                               {"killed", seen.killed},
                               {"sealed", seen.sealed},
                               {"full", seen.full},
                               {"torn tails", seen.torn},
                               {"unacknowledged and kept", seen.kept_unacknowledged},
                               {"forgotten", seen.forgotten},
                               {"failovers", seen.failovers},
                               {"commits rolled back", seen.rolled_back},
                               {"recorders raced", seen.raced},
                               {"bits flipped", seen.flips},
                               {"flips found", seen.flips_found},
                               {"heads held against each other", seen.heads}}) {
        std::printf("%12llu %s\n", static_cast<unsigned long long>(count), what);
        EXPECT_GE(count, lives) << what;
    }
    EXPECT_EQ(seen.flips, seen.flips_found);
}

TEST(Simulation, TellsWhenAGuardIsSwitchedOff) {
    for (Sabotage sabotage : {Sabotage::syncs_do_nothing, Sabotage::cursor_is_not_compared,
                              Sabotage::forgets_before_the_standby}) {
        Seen seen;
        int told = 0;
        for (std::uint64_t seed = 1; seed <= 20; ++seed)
            told += World(seed, seen, sabotage).live(3'000) != "";
        EXPECT_GT(told, 0) << static_cast<int>(sabotage);
    }
}

} // namespace
} // namespace bw::submissions
