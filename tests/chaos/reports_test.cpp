// Reports and an export of them, while their process is killed and the primary is replaced under
// load: whoever studies does not notice, and in the end reports say what the new primary says.
#include <gtest/gtest.h>
#include <signal.h>

#include "load.hpp"

namespace bw::chaos {
namespace {

/// What comes behind `"name":` in a JSON text, up to the next comma or brace; quotes taken away.
std::string member(const std::string& json, const std::string& name) {
    const std::string quoted = "\"" + name + "\":";
    const std::size_t at = json.find(quoted);
    if (at == std::string::npos)
        return {};
    std::string value = json.substr(at + quoted.size());
    value.resize(std::min(value.find_first_of(",}"), value.size()));
    std::erase(value, '"');
    return value;
}

/// The administrator of a school, who reads reports.
class Administrator {
public:
    Administrator(Stage& stage, const School& school)
        : stage_(stage), school_(school),
          client_(net::Client::make({.port = stage.port()}, stage.clock())) {}

    net::ClientResponse ask(net::Method method, const std::string& target,
                            const std::string& body = "", const std::string& key = "") {
        net::ClientRequest request{.method = method, .target = target};
        request.host = school_.slug + ".localhost";
        if (!token_.empty())
            request.headers.emplace_back("Authorization", "Bearer " + token_);
        if (!key.empty())
            request.headers.emplace_back("Idempotency-Key", key);
        if (!body.empty())
            request.headers.emplace_back("Content-Type", "application/json");
        request.body = body;
        auto answer = client_->fetch(std::move(request), Deadline::in(stage_.clock(), 30s));
        EXPECT_TRUE(answer) << (answer ? "" : answer.error().text());
        return answer ? *std::move(answer) : net::ClientResponse{};
    }
    void sign_in() {
        const auto answer =
            ask(net::Method::post, "/v1/sessions",
                R"({"username":"admin","password":")" + std::string(Stage::password) + "\"}");
        ASSERT_EQ(answer.status, 201) << answer.body;
        token_ = member(answer.body, "access_token");
    }
    /// Answered, well or with a refusal that says when to come again.
    bool reads(const std::string& report, std::string* body = nullptr) {
        const auto answer = ask(net::Method::get, "/v1/reports/" + report);
        EXPECT_TRUE(answer.status == 200 || (answer.status == 503 && answer.header("Retry-After")))
            << answer.status << answer.body;
        if (body != nullptr)
            *body = answer.body;
        return answer.status == 200;
    }
    std::string ask_for_export(const std::string& key) {
        const auto answer = ask(net::Method::post, "/v1/report-exports",
                                R"({"report":"submission_audit","format":"csv"})", key);
        EXPECT_EQ(answer.status, 202) << answer.body;
        return member(answer.body, "export_id");
    }
    /// As it ended.
    std::string ended_export(const std::string& id) {
        std::string body;
        eventually([&] {
            const auto answer = ask(net::Method::get, "/v1/report-exports/" + id);
            body = answer.body;
            const std::string state = member(body, "state");
            return answer.status == 200 && state != "waiting" && state != "running";
        });
        return body;
    }
    template <class Condition>
    bool eventually(Condition&& condition) {
        for (const Deadline until = Deadline::in(stage_.clock(), 90s);
             !until.expired(stage_.clock());)
            if (condition())
                return true;
        return false;
    }

private:
    Stage& stage_;
    const School& school_;
    std::unique_ptr<net::Client> client_;
    std::string token_;
};

TEST(ReportsChaos, KilledWhileThePrimaryIsReplaced) {
    Stage stage({.replica = true, .max_connections = 60});
    ASSERT_TRUE(stage.replica_becomes(pg::ReplicaState::streaming));
    stage.serve_reports();
    stage.serve();
    Load load(stage);
    ASSERT_TRUE(load.good_in_a_row(10)) << load.summary() << stage.log();
    const School& school = stage.schools().at(0);
    Administrator admin(stage, school);
    admin.sign_in();
    ASSERT_TRUE(admin.eventually([&] { return admin.reads("institution_overview"); }));

    // Their process alone: nobody who studies is refused anything.
    ASSERT_TRUE(load.all_good_from_now(10)) << load.summary() << stage.log();
    const std::string before = admin.ask_for_export("before");
    stage.kill_reports();
    EXPECT_FALSE(admin.reads("institution_overview"));
    ASSERT_TRUE(load.good_in_a_row(25)) << load.summary() << stage.log();
    stage.serve_reports();
    EXPECT_EQ(member(admin.ended_export(before), "state"), "completed");
    load.faults_are_allowed();

    // And the primary under it.
    const std::string meanwhile = admin.ask_for_export("meanwhile");
    ::kill(stage.cluster().pid(), SIGKILL);
    ASSERT_TRUE(admin.eventually([&] { return stage.cluster().ended(); }));
    stage.kill_reports();
    auto promoted = stage.cluster().promote(stage.soon());
    ASSERT_TRUE(promoted) << promoted.error().text();
    stage.serve_reports();
    ASSERT_TRUE(load.good_in_a_row(25)) << load.summary() << stage.log();
    ASSERT_TRUE(load.all_good_from_now(25)) << load.summary() << stage.log();
    EXPECT_EQ(member(admin.ended_export(meanwhile), "state"), "completed");
    load.finish();

    const std::string all = stage.superuser().value(
        "select count(*) from submissions where 'ten_' || replace(tenant_id::text, '-', '') = '" +
        school.tenant_id + "'");
    const Instant now = stage.clock().now();
    std::string body;
    EXPECT_TRUE(admin.eventually([&] {
        if (!admin.reads("institution_overview", &body))
            return false;
        const auto as_of = from_rfc3339(member(body, "as_of"));
        return as_of && *as_of > now;
    })) << body;
    const std::string after = admin.ended_export(admin.ask_for_export("after"));
    EXPECT_EQ(member(after, "state"), "completed") << after;
    EXPECT_EQ(member(after, "rows"), all) << "as the new primary has them";
}

} // namespace
} // namespace bw::chaos
