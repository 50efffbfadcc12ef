// For tests: one assignment, its students and an intake that issues true receipts from memory. What
// a storm does to it can be spoiled on purpose; what it says is signed as a real server signs.
#pragma once

#include <map>
#include <mutex>

#include "base/json.hpp"
#include "storm/plan.hpp"
#include "storm/reconcile.hpp"
#include "submissions/receipt.hpp"

namespace bw::storm {

class FakeSchool {
public:
    explicit FakeSchool(std::uint32_t students) {
        plan_.assignments.push_back({AssignmentId::make({1}, rng_), TenantId::make({1}, rng_),
                                     "school.localhost", "teacher"});
        for (std::uint32_t i = 0; i < students; ++i) {
            UserId user = UserId::make({1}, rng_);
            plan_.students.push_back(
                {user, 0, "school.localhost", user.text()}); // the token tells who it is
        }
    }
    const Plan& plan() const { return plan_; }
    const PublicKey& key() const { return key_.public_key(); }
    std::string plan_text() const {
        const PlannedAssignment& a = plan_.assignments[0];
        auto line = [&](const char* kind, const std::string& token) {
            JsonWriter json;
            json.object()
                .member("kind", kind)
                .member("host", a.host)
                .member("tenant_id", a.tenant.text());
            if (std::string_view(kind) == "student")
                json.member("user_id", token);
            json.member("assignment_id", a.id.text()).member("access_token", token).end();
            return json.take() + "\n";
        };
        std::string text = line("teacher", a.access_token);
        for (const PlannedStudent& student : plan_.students)
            text += line("student", student.access_token);
        return text;
    }

    struct Answer {
        std::string body;
        bool replayed = false;
    };
    /// The answer to a submission; the first of a key is kept, as intake does. Thread-safe.
    Answer submit(std::string_view bearer, std::string_view key, std::string_view content,
                  Instant now) {
        if (key.starts_with('"'))
            key = key.substr(1, key.size() - 2);
        submissions::Statement s;
        s.tenant = plan_.assignments[0].tenant;
        s.user = *UserId::parse(bearer.substr(std::string_view("Bearer ").size()));
        s.assignment = plan_.assignments[0].id;
        s.idempotency_key = key;
        s.received_at = now;
        s.content_bytes = static_cast<std::uint32_t>(content.size());
        s.content_sha256 = sha256(content);
        std::lock_guard lock(mutex_);
        auto [it, first] = answers_.try_emplace(s.submission_id());
        if (first) {
            it->second = receipt_of(s);
            rows_.push_back({s.submission_id(), s.assignment, s.user, "recorded", now,
                             due_at_ <= now, s.content_sha256});
        }
        return {it->second, !first};
    }
    std::vector<RecordedRow> rows() const {
        std::lock_guard lock(mutex_);
        return rows_;
    }
    /// Of the journal's tree as it is now, and whether anything was rewritten meanwhile.
    std::string consistency_from(std::uint64_t size) {
        std::lock_guard lock(mutex_);
        const MerkleTree tree(groups_);
        submissions::ConsistencyProof proof{.from_size = size, .path = tree.consistency_path(size)};
        proof.head = {.head = head_of(groups_.size(), tree.root()), .kid = key_.kid()};
        proof.head.signature = key_.sign(proof.head.head.signed_bytes());
        JsonWriter json;
        write_json(json, proof);
        return json.take();
    }
    std::string heads() {
        std::lock_guard lock(mutex_);
        JsonWriter json;
        json.object().key("heads").array();
        submissions::SignedHead head{.head = head_of(groups_.size(), MerkleTree(groups_).root()),
                                     .kid = key_.kid()};
        head.signature = key_.sign(head.head.signed_bytes());
        write_json(json, head);
        json.end().end();
        return json.take();
    }
    void rewrite_the_past() {
        std::lock_guard lock(mutex_);
        groups_.front() = {};
    }
    void set_due(Instant due_at) {
        std::lock_guard lock(mutex_);
        due_at_ = due_at;
    }
    void set_title(const std::string& title) {
        std::lock_guard lock(mutex_);
        title_ = title;
    }
    Instant due_at() const {
        std::lock_guard lock(mutex_);
        return due_at_;
    }
    std::string title() const {
        std::lock_guard lock(mutex_);
        return title_;
    }

private:
    std::string receipt_of(const submissions::Statement& s) {
        submissions::Receipt r;
        r.statement = encode(s);
        r.nonce = rng_.bytes<16>();
        r.group = {.number = groups_.size() + 1,
                   .first_seq = groups_.size() + 1,
                   .size = 1,
                   .root = leaf_hash(r.nonce, r.statement),
                   .time = s.received_at};
        groups_.push_back(r.group.leaf());
        const MerkleTree tree(groups_);
        r.head_path = tree.path(groups_.size() - 1);
        r.head = head_of(groups_.size(), tree.root());
        r.signature = key_.sign(r.head.signed_bytes());
        r.kid = key_.kid();
        JsonWriter json;
        json.object().member("state", "received").key("receipt");
        write_json(json, r);
        json.end();
        return json.take();
    }

    static journal::Head head_of(std::uint64_t size, const Sha256& root) {
        return {.cell = "test", .epoch = 1, .size = size, .root = root, .time = Instant{1}};
    }

    std::vector<Sha256> groups_; // one for each submission
    SeededRng rng_{3};
    SigningKey key_ = SigningKey::make(rng_);
    Plan plan_;
    mutable std::mutex mutex_;
    Instant due_at_;
    std::string title_ = "Essay";
    std::map<SubmissionId, std::string> answers_;
    std::vector<RecordedRow> rows_;
};

} // namespace bw::storm
