#include "load.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.hpp"
#include "lane/lane.hpp"

namespace bw::chaos {

namespace {

// What the server grants each request (net::Route::time_limit), and what a loaded machine may add.
constexpr Duration request_limit = 10s, slack = 10s;
constexpr Duration wait_limit = 45s;
constexpr Duration pause = 10ms; // between a caller's requests: load, not flood

const char* name_of(Kind kind) {
    switch (kind) {
    case Kind::read:
        return "read";
    case Kind::sign_in:
        return "sign_in";
    case Kind::submit:
        return "submit";
    }
    return "?";
}

/// The value of a string member, wherever it stands in a JSON text.
std::string member(std::string_view json, std::string_view name) {
    const std::string quoted = "\"" + std::string(name) + "\":\"";
    const std::size_t at = json.find(quoted);
    if (at == std::string_view::npos)
        return {};
    const std::size_t begin = at + quoted.size();
    return std::string(json.substr(begin, json.find('"', begin) - begin));
}

/// Is there an id of another school in it?
std::string foreign_id(const std::vector<School>& schools, const School& own,
                       const std::string& body) {
    for (std::size_t at = body.find('_'); at != std::string::npos; at = body.find('_', at + 1)) {
        const std::string digits = body.substr(at + 1, 32);
        for (const School& school : schools)
            if (&school != &own && school.ids.contains(digits))
                return digits;
    }
    return {};
}

} // namespace

Load::Load(Stage& stage)
    : stage_(stage), client_(net::Client::make({.port = stage.port()}, stage.clock())) {
    for (const School& school : stage.schools())
        for (Kind kind : {Kind::read, Kind::sign_in, Kind::submit})
            streams_[{school.slug, kind}].slow = kind == Kind::sign_in;
    std::size_t index = 0;
    for (const School& school : stage.schools()) {
        std::size_t next = 0;
        for (Kind kind : {Kind::read, Kind::read, Kind::sign_in, Kind::submit, Kind::submit}) {
            const Pupil& pupil = school.pupils.at(next++ % school.pupils.size());
            callers_.emplace_back(
                [this, &school, &pupil, kind, index](const std::stop_token& stop) {
                    work({school, pupil, kind, index}, stop);
                });
            ++index;
        }
    }
}

Load::~Load() {
    stop();
}

void Load::stop() {
    for (std::jthread& caller : callers_)
        caller.request_stop();
    callers_.clear();
}

void Load::work(Caller caller, const std::stop_token& stop) {
    lane::name_this_thread("caller");
    std::mutex mine;
    std::condition_variable_any never;
    while (!stop.stop_requested()) {
        turn(caller);
        std::unique_lock lock(mine);
        never.wait_for(lock, stop, pause, [] { return false; });
    }
}

void Load::turn(Caller& caller) {
    if (caller.kind == Kind::sign_in || caller.token.empty())
        sign_in(caller);
    else if (caller.kind == Kind::read)
        read(caller);
    else
        submit(caller);
}

bool Load::sign_in(Caller& caller) {
    JsonWriter body;
    body.object()
        .member("username", caller.pupil.username)
        .member("password", Stage::password)
        .end();
    net::ClientRequest request{.method = net::Method::post, .target = "/v1/sessions"};
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body.take();
    auto answer = ask(caller, std::move(request), 201, [&](const std::string& text) {
        return member(text, "tenant_id") == caller.school.tenant_id &&
                       member(text, "user_id") == caller.pupil.user_id
                   ? ""
                   : "signed in as somebody else";
    });
    if (answer)
        caller.token = member(*answer, "access_token");
    return answer.has_value();
}

void Load::read(Caller& caller) {
    ++caller.number;
    net::ClientRequest request;
    const bool list = caller.number % 2 == 0;
    request.target = list ? "/v1/assignments" : "/v1/me";
    ask(caller, std::move(request), 200, [&](const std::string& text) {
        if (list)
            return text.find(caller.pupil.assignment_id) == std::string::npos
                       ? "its assignment is missing"
                       : "";
        return member(text, "user_id") == caller.pupil.user_id &&
                       member(text, "tenant_id") == caller.school.tenant_id
                   ? ""
                   : "somebody else";
    });
}

void Load::submit(Caller& caller) {
    if (caller.key.empty())
        caller.key = caller.pupil.username + "-" + std::to_string(caller.index) + "-" +
                     std::to_string(++caller.number);
    const std::string content = "content of " + caller.key;
    {
        std::lock_guard lock(mutex_);
        offered_.try_emplace(caller.key, caller.school.tenant_id, caller.pupil.user_id, content);
    }
    JsonWriter body;
    body.object().member("assignment_id", caller.pupil.assignment_id).member("text", content).end();
    net::ClientRequest request{.method = net::Method::post, .target = "/v1/submissions"};
    request.headers.emplace_back("Content-Type", "application/json");
    request.headers.emplace_back("Idempotency-Key", caller.key);
    request.body = body.take();
    auto answer = ask(caller, std::move(request), 202, [&](const std::string& text) {
        return member(text, "user_id") == caller.pupil.user_id ? "" : "somebody else's receipt";
    });
    if (!answer)
        return;
    const std::string id = member(*answer, "submission_id");
    auto received = from_rfc3339(member(*answer, "received_at"));
    std::lock_guard lock(mutex_);
    if (!received || received->ms < caller.last_received_ms)
        wrong_.push_back("received_at went back to " + member(*answer, "received_at"));
    else
        caller.last_received_ms = received->ms;
    if (!acknowledged_.try_emplace(id, caller.school.tenant_id, caller.pupil.user_id, content)
             .second)
        wrong_.push_back("two submissions got the id " + id);
    caller.key.clear();
}

std::optional<std::string> Load::ask(Caller& caller, net::ClientRequest request, int wanted,
                                     const std::function<std::string(const std::string&)>& flaw) {
    const Clock& clock = stage_.clock();
    request.host = caller.school.slug + ".localhost";
    if (!caller.token.empty() && caller.kind != Kind::sign_in)
        request.headers.emplace_back("Authorization", "Bearer " + caller.token);
    const std::string target = request.target;
    const Monotonic begin = clock.monotonic();
    auto answer =
        client_->fetch(std::move(request), Deadline::in(clock, 2 * request_limit + slack));
    const Duration took = clock.monotonic() - begin;

    std::string fault;
    const bool refused = answer && answer->status == 503;
    if (!answer)
        fault = "no answer: " + answer.error().text();
    else if (took > request_limit + slack)
        fault = "an answer after " + std::to_string(took.count() / 1'000'000) + " ms";
    else if (refused && !answer->header("Retry-After"))
        fault = "a refusal without Retry-After";
    else if (!refused && answer->status != wanted)
        fault = "status " + std::to_string(answer->status) + ": " + answer->body.substr(0, 300);
    else if (std::string id = foreign_id(stage_.schools(), caller.school, answer->body);
             !id.empty())
        fault = "another school's id " + id;
    else if (!refused)
        fault = flaw(answer->body);

    std::lock_guard lock(mutex_);
    Stream& stream = streams_[{caller.school.slug, caller.kind}];
    const bool counts = begin >= since_;
    if (strict_ && counts && refused && fault.empty())
        fault = "refused after the recovery: " + answer->body.substr(0, 300);
    if (!fault.empty())
        wrong_.push_back(caller.school.slug + " " + name_of(caller.kind) + " " + target + ": " +
                         fault);
    const bool good = fault.empty() && !refused;
    good ? ++stream.good : ++stream.refused;
    if (counts) {
        stream.in_a_row = good ? stream.in_a_row + 1 : 0;
        good ? ++stream.good_since : ++stream.refused_since;
    }
    changed_.notify_all();
    return good ? std::optional(std::move(answer->body)) : std::nullopt;
}

bool Load::wait(const std::function<bool(const Stream&)>& enough, std::optional<Kind> kind) {
    std::unique_lock lock(mutex_);
    since_ = stage_.clock().monotonic();
    for (auto& [name, stream] : streams_)
        stream.in_a_row = stream.refused_since = stream.good_since = 0;
    return changed_.wait_for(lock, wait_limit, [&] {
        return std::ranges::all_of(streams_, [&](const auto& each) {
            return (kind && each.first.second != *kind) || enough(each.second);
        });
    });
}

bool Load::good_in_a_row(std::uint64_t count) {
    return wait([count](const Stream& s) { return s.in_a_row >= (s.slow ? count / 5 : count); },
                {});
}

bool Load::all_good_from_now(std::uint64_t count) {
    {
        std::lock_guard lock(mutex_);
        since_ = stage_.clock().monotonic(); // before strictness: what is under way may be refused
        strict_ = true;
    }
    return good_in_a_row(count);
}

void Load::faults_are_allowed() {
    std::lock_guard lock(mutex_);
    strict_ = false;
}

bool Load::refused(Kind kind) {
    return wait([](const Stream& s) { return s.refused_since > 0; }, kind);
}

bool Load::acknowledged(std::uint64_t count) {
    return wait([count](const Stream& s) { return s.good_since >= count; }, Kind::submit);
}

std::string Load::summary() const {
    std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [name, stream] : streams_)
        out += name.first + " " + name_of(name.second) + ": " + std::to_string(stream.good) +
               " good, " + std::to_string(stream.refused) + " refused; ";
    out += std::to_string(acknowledged_.size()) + " acknowledged";
    return wrong_.empty() ? out : out + "; wrong: " + wrong_.front();
}

void Load::finish() {
    stop();
    EXPECT_TRUE(stage_.serving()) << "the server ended: " << stage_.log();
    compare_with_database();
    for (std::size_t i = 0; i < std::min<std::size_t>(wrong_.size(), 10); ++i)
        ADD_FAILURE() << wrong_[i];
    EXPECT_TRUE(wrong_.empty()) << wrong_.size() << " wrong answers; " << stage_.log();
    EXPECT_FALSE(acknowledged_.empty());
    std::printf("%s\n", summary().c_str());
}

void Load::compare_with_database() {
    // Nothing new comes: so the recorder ends up with all that is durable.
    auto operators =
        net::Client::make({.port = stage_.admin_port(), .connections_limit = 1}, stage_.clock());
    const bool all_recorded = [&] {
        for (const Deadline until = Deadline::in(stage_.clock(), wait_limit);
             !until.expired(stage_.clock());) {
            auto answer = operators->fetch({.target = "/readyz"}, Deadline::in(stage_.clock(), 5s));
            if (answer && answer->body.find("\"behind\":0,") != std::string::npos)
                return true;
        }
        return false;
    }();
    EXPECT_TRUE(all_recorded) << stage_.log();
    test::Session session = stage_.superuser();
    std::size_t found = 0;
    for (const auto& row : session.run(
             "select 'sub_' || replace(submission_id::text, '-', ''), 'ten_' || "
             "replace(tenant_id::text, '-', ''), 'usr_' || replace(user_id::text, '-', ''), "
             "convert_from(content, 'UTF8'), idempotency_key, state from submissions")) {
        EXPECT_EQ(*row[5], "recorded") << *row[4];
        auto known = acknowledged_.find(*row[0]);
        const bool acked = known != acknowledged_.end();
        auto offered = offered_.find(*row[4]);
        ASSERT_TRUE(acked || offered != offered_.end()) << "nobody sent " << *row[4];
        const Acknowledged& sent = acked ? known->second : offered->second;
        found += acked ? 1 : 0;
        EXPECT_EQ(sent.tenant, *row[1]);
        EXPECT_EQ(sent.pupil, *row[2]);
        EXPECT_EQ(sent.content, *row[3]);
    }
    EXPECT_EQ(found, acknowledged_.size()) << "acknowledged submissions are missing";
    EXPECT_EQ(session.value("select count(*) from (select from submissions group by tenant_id, "
                            "user_id, assignment_id, idempotency_key having count(*) > 1) as x"),
              "0");
    EXPECT_EQ(session.value("select count(*) from refused_submissions"), "0");
    EXPECT_EQ(session.value("select count(*) from control.recorder_set_aside"), "0");
}

} // namespace bw::chaos
