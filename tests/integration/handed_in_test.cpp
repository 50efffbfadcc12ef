// Files handed in over HTTP: declared at once, uploaded before or after, seen by student and
// teacher, downloaded by links, and marked without a name.
#include <gmock/gmock.h>

#include "http_calls.hpp"
#include "jobs/worker.hpp"
#include "pipeline/file_jobs.hpp"

namespace bw::test {
namespace {

using enum net::Method;
using testing::HasSubstr;
using testing::Not;

struct HandedIn : testing::Test {
    World world;
    const Side& alpha = world.sides.alpha;
    const std::string assignment_id = AssignmentId{alpha.id(9)}.text();
    const std::string assignment = "/v1/assignments/" + assignment_id;
    const std::string student = world.student(), teacher = world.teacher();

    void SetUp() override {
        superuser().run(
            "delete from regrade_requests; delete from grades; delete from marks; "
            "delete from marking_schemes; delete from marking; delete from submissions; "
            "delete from jobs; update assignments set identities_hidden = false");
        const auto set =
            call(world, patch, assignment, teacher, R"({"kind":"file","files_limit":2})", "\"1\"");
        ASSERT_EQ(set.status, 200) << set.body;
    }
    Session& superuser() { return world.sides.installation.superuser(); }
    static std::string file(const std::string& name, const std::string& bytes) {
        return R"({"name":")" + name + R"(","size":)" + std::to_string(bytes.size()) +
               R"(,"media_type":"text/plain","sha256":")" + to_hex(view(sha256(bytes))) + "\"}";
    }
    net::ClientResponse declare(const std::string& files) {
        return call(world, post, "/v1/submissions", student,
                    R"({"assignment_id":")" + assignment_id + R"(","files":[)" + files + "]}");
    }
    std::string declared(const std::string& files) {
        const auto answer = declare(files);
        EXPECT_EQ(answer.status, 202) << answer.body;
        const std::string id = member(answer, "/submission_id");
        world.record_all({.do_later = [this](TenantId tenant, const auto& afterwards) {
            return jobs::enqueue_step(tenant, pipeline::jobs_after(afterwards), world.clock,
                                      world.rng);
        }});
        do_the_jobs();
        return id.substr(1, id.size() - 2);
    }
    /// By tus, as `who`; the answer to the last request, and the upload's path.
    std::pair<net::ClientResponse, std::string>
    upload(const std::string& who, const std::string& bytes, std::optional<Sha256> said = {}) {
        const std::string hash = to_hex(view(said.value_or(sha256(bytes))));
        const std::string in_base64 = base64(hash);
        const auto made = world.send({.method = post,
                                      .target = "/v1/uploads",
                                      .host = "localhost",
                                      .headers = {{"Authorization", "Bearer " + who},
                                                  {"Tus-Resumable", "1.0.0"},
                                                  {"Upload-Length", std::to_string(bytes.size())},
                                                  {"Upload-Metadata", "sha256 " + in_base64}}});
        EXPECT_EQ(made.status, 201) << made.body;
        const std::string at(made.header("location").value_or(""));
        auto sent = world.send({.method = patch,
                                .target = at,
                                .host = "localhost",
                                .headers = {{"Authorization", "Bearer " + who},
                                            {"Tus-Resumable", "1.0.0"},
                                            {"Upload-Offset", "0"},
                                            {"Content-Type", "application/offset+octet-stream"}},
                                .body = bytes});
        do_the_jobs();
        return {std::move(sent), at};
    }
    static std::string base64(std::string_view text) {
        constexpr std::string_view letters =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        std::string out;
        for (std::size_t i = 0; i < text.size(); i += 3) {
            std::uint32_t three = 0;
            for (std::size_t k = 0; k < 3; ++k)
                three = three << 8 |
                        (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0);
            for (std::size_t k = 0; k < 4; ++k)
                out += i + k > text.size() ? '=' : letters[three >> (18 - 6 * k) & 63];
        }
        return out;
    }
    void do_the_jobs() {
        tenancy::TenantDirectory directory;
        world.sides.installation.refresh(directory);
        jobs::Worker worker([this] { return world.sides.installation.database(); }, directory,
                            pipeline::file_kinds({world.store(), world.clock, world.rng}),
                            world.clock, world.rng);
        ASSERT_TRUE(worker.keep());
        for (std::size_t n = 1; n > 0;) {
            auto done = worker.step();
            ASSERT_TRUE(done) << done.error().text();
            n = *done;
        }
    }
    net::ClientResponse seen(const std::string& id, const std::string& who) {
        return call(world, get, "/v1/submissions/" + id, who);
    }
    std::string file_id(const std::string& id) {
        const std::string quoted = member(seen(id, student), "/files/0/file_id");
        return quoted.substr(1, quoted.size() - 2);
    }
    net::ClientResponse link(const std::string& file, const std::string& who) {
        return call(world, post, "/v1/submission-files/" + file + "/link", who);
    }
    std::string path_in(const net::ClientResponse& linked) {
        EXPECT_EQ(linked.status, 201) << linked.body;
        const std::string quoted = member(linked, "/path");
        return quoted.substr(1, quoted.size() - 2);
    }
    net::ClientResponse follow(const std::string& path) {
        return world.send({.target = path, .host = "alpha.school.test"});
    }
};

TEST_F(HandedIn, StudentsAreToldWhatIsAskedForAndWhatBecameOfIt) {
    const auto told = call(world, get, assignment, student);
    EXPECT_EQ(member(told, "/kind"), "\"file\"");
    EXPECT_EQ(member(told, "/files_limit"), "2");
    EXPECT_EQ(member(told, "/file_bytes_limit"), "104857600");
    EXPECT_EQ(member(told, "/upload_grace_seconds"), "86400");
    const std::string id = declared(file("essay.txt", "hello") + "," + file("plan.txt", "later"));
    const auto waits = seen(id, student);
    EXPECT_EQ(member(waits, "/state"), "\"recorded\"") << waits.body;
    EXPECT_EQ(member(waits, "/late"), "false");
    EXPECT_EQ(member(waits, "/files_complete"), "false");
    EXPECT_EQ(member(waits, "/file_counts"),
              R"({"declared":2,"awaiting":2,"missing":0,"infected":0})");
    EXPECT_EQ(member(waits, "/files/0/state"), "\"awaiting\"");
    EXPECT_EQ(member(waits, "/files/0/upload_until"), "\"2032-02-03T07:07:07.000Z\"");
    EXPECT_EQ(member(waits, "/receipt/kind"), "\"file\"");

    EXPECT_EQ(upload(student, "hello").first.status, 204);
    EXPECT_EQ(member(seen(id, student), "/files/0/state"), "\"not_scanned\"")
        << "no scanner here, so nobody calls it clean";
    EXPECT_EQ(member(seen(id, student), "/files_complete"), "false");
    EXPECT_EQ(upload(teacher, "later").first.status, 204) << "somebody else's bytes";
    EXPECT_EQ(member(seen(id, student), "/files/1/state"), "\"awaiting\"");
    const auto other = upload(student, "LATER", sha256("later")).first;
    EXPECT_EQ(other.status, 460) << "other bytes than were announced";
    EXPECT_EQ(member(seen(id, student), "/files/1/state"), "\"awaiting\"");
    EXPECT_EQ(upload(student, "later").first.status, 204);
    for (const std::string& who : {student, teacher})
        EXPECT_EQ(member(seen(id, who), "/files_complete"), "true");
    const auto list = call(world, get, assignment + "/submissions", teacher);
    EXPECT_EQ(member(list, "/data/0/files_complete"), "true") << list.body;

    // What the hash of the receipt is of can be held against it.
    simdjson::dom::parser parser;
    std::string_view content, hash;
    const auto full = seen(id, student);
    auto json = parser.parse(full.body);
    ASSERT_EQ(json["declaration"].get(content), simdjson::SUCCESS);
    ASSERT_EQ(json["content_sha256"].get(hash), simdjson::SUCCESS);
    EXPECT_EQ(to_hex(view(sha256(content))), hash);
}

TEST_F(HandedIn, WhatNeverComesIsMissingAndStaysRecorded) {
    const std::string id = declared(file("essay.txt", "hello"));
    superuser().run("update submission_files set upload_until = now() - interval '1 second'; "
                    "update jobs set due_at = now()");
    do_the_jobs();
    for (const std::string& who : {student, teacher}) {
        const auto told = seen(id, who);
        EXPECT_EQ(member(told, "/state"), "\"recorded\"");
        EXPECT_EQ(member(told, "/files/0/state"), "\"missing\"");
        EXPECT_EQ(member(told, "/files_complete"), "false");
    }
    upload(student, "hello");
    EXPECT_EQ(member(seen(id, teacher), "/files/0/late"), "true") << "kept, and told to be late";
}

TEST_F(HandedIn, BytesThatWereHandedInAreNotRemoved) {
    const auto [sent, at] = upload(student, "hello");
    const std::string id = declared(file("essay.txt", "hello"));
    EXPECT_EQ(member(seen(id, student), "/files/0/state"), "\"not_scanned\"") << "bytes first";
    const auto removed = world.send(
        {.method = del,
         .target = at,
         .host = "localhost",
         .headers = {{"Authorization", "Bearer " + student}, {"Tus-Resumable", "1.0.0"}}});
    EXPECT_EQ(removed.status, 409) << removed.body;
    EXPECT_EQ(follow(path_in(link(file_id(id), student))).body, "hello");
}

TEST_F(HandedIn, LinksAreForTheStudentAndTheSectionsTeachers) {
    const std::string id = declared(file("Essay ü.txt", "hello"));
    const std::string of = file_id(id);
    EXPECT_EQ(link(of, teacher).status, 409) << "its bytes have not come";
    upload(student, "hello");
    const auto got = follow(path_in(link(of, teacher)));
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, "hello");
    EXPECT_THAT(std::string(got.header("content-disposition").value_or("")),
                HasSubstr("Essay%20%C3%BC.txt"));
    EXPECT_EQ(link(of, student).status, 201);
    EXPECT_EQ(link(of, world.administrator()).status, 201);
    std::string bent = path_in(link(of, student));
    bent.back() = bent.back() == 'A' ? 'B' : 'A';
    EXPECT_EQ(follow(bent).status, 403);
    const std::string path = path_in(link(of, student));
    EXPECT_EQ(world.send({.target = path, .host = "bravo.school.test"}).status, 403);
    superuser().run("delete from enrollments where role = 'teacher'");
    EXPECT_EQ(link(of, teacher).status, 404);
    const std::string others =
        tenancy::sign_token(world.claims(alpha, 77, tenancy::Role::student), world.key);
    EXPECT_EQ(link(of, others).status, 404);
    EXPECT_EQ(superuser().value("select count(*) from audit_events where action = "
                                "'submission_file.link_made'"),
              "5");
}

TEST_F(HandedIn, WhatTheScanFoundGoesOutToNobody) {
    const std::string id = declared(file("essay.txt", "hello"));
    const auto [sent, at] = upload(student, "hello");
    const std::string before = path_in(link(file_id(id), teacher));
    const std::string own = path_in(call(world, post, at + "/link", student));
    superuser().run("update submission_files set state = 'infected', finding = 'Evil.Test'; "
                    "update uploads set withheld = true");
    for (const std::string& who : {student, teacher}) {
        EXPECT_EQ(link(file_id(id), who).status, 409);
        const auto told = seen(id, who);
        EXPECT_EQ(member(told, "/files/0/state"), "\"infected\"");
        EXPECT_EQ(member(told, "/files/0/finding"), "\"Evil.Test\"");
        EXPECT_EQ(member(told, "/file_counts/infected"), "1");
    }
    EXPECT_EQ(follow(before).status, 409) << "a link that was made before";
    EXPECT_EQ(call(world, post, at + "/link", student).status, 409) << "nor as an upload";
    EXPECT_EQ(follow(own).status, 404);
    superuser().run("update submission_files set state = 'arrived'");
    EXPECT_EQ(link(file_id(id), teacher).status, 409) << "nobody has looked at it yet";
}

/// Nothing that a teacher is told of a file leads to the student: not its id, no instant, no hash.
TEST_F(HandedIn, AnonymousMarkersHaveTheFilesAndNotTheName) {
    const std::string id = declared(file("essay.txt", "hello"));
    const auto [sent, at] = upload(student, "hello");
    const auto set =
        call(world, put, assignment + "/marking", teacher, R"({"points_max":10,"anonymous":true})");
    ASSERT_EQ(set.status, 200) << set.body;
    EXPECT_EQ(seen(id, teacher).status, 403);
    EXPECT_EQ(call(world, get, assignment + "/submissions", teacher).status, 403);
    const auto works = call(world, get, assignment + "/works", teacher);
    const std::string work = member(works, "/data/0/work_id");
    const auto told =
        call(world, get, assignment + "/works/" + work.substr(1, work.size() - 2), teacher);
    ASSERT_EQ(told.status, 200) << told.body;
    EXPECT_EQ(member(told, "/files/0/name"), "\"essay.txt\"");
    EXPECT_EQ(member(told, "/files/0/state"), "\"not_scanned\"");
    const std::string quoted = member(told, "/files/0/file_id");
    const std::string of = quoted.substr(1, quoted.size() - 2);
    const auto linked = link(of, teacher);
    const auto got = follow(path_in(linked));
    EXPECT_EQ(got.body, "hello");
    std::string all = told.body + linked.body + got.body;
    for (const auto& [name, value] : got.headers)
        all += name + ": " + value + "\n";
    for (const std::string& leads :
         {UserId{alpha.id(5)}.text(), to_hex(view(alpha.id(5))), id, id.substr(4), at.substr(12),
          std::string("upload_until"), std::string("arrived_at"), to_hex(view(sha256("hello")))})
        EXPECT_THAT(all, Not(HasSubstr(leads)));
    EXPECT_EQ(superuser().value("select count(*) from submission_files where file_id::text like "
                                "'________-____-4%'"),
              "1")
        << "random, without a time in it";
}

TEST_F(HandedIn, BadDeclarationsAreRefusedByPlace) {
    const std::pair<std::string, const char*> wrong[] = {
        {"", "/files"},
        {R"({"name":"a","size":5})", "/files/0/sha256"},
        {file("a/b", "hello"), "/files/0/name"},
        {file("a", ""), "/files/0/size"},
        {file("a", "hello") + "," + file("a", "other"), "/files/1/name"},
    };
    for (const auto& [files, place] : wrong) {
        const auto refused = declare(files);
        EXPECT_EQ(refused.status, 422) << refused.body;
        EXPECT_EQ(member(refused, "/field"), "\"" + std::string(place) + "\"");
    }
    const auto both = call(world, post, "/v1/submissions", student,
                           R"({"assignment_id":")" + assignment_id + R"(","text":"x","files":[)" +
                               file("a", "hello") + "]}");
    EXPECT_EQ(both.status, 422);
    EXPECT_EQ(member(both, "/field"), "\"/files\"");
    const std::string id =
        declared(file("a", "one") + "," + file("b", "two") + "," + file("c", "three"));
    EXPECT_EQ(member(seen(id, student), "/reason"), "\"too_many_files\"");
    for (const auto& [change, place] : std::initializer_list<std::pair<const char*, const char*>>{
             {R"({"kind":"song"})", "/kind"},
             {R"({"kind":"structured"})", "/kind"},
             {R"({"kind":"file","questions":[{"id":"q","kind":"text"}]})", "/kind"},
             {R"({"files_limit":0})", "/files_limit"},
             {R"({"files_limit":21})", "/files_limit"},
             {R"({"file_bytes_limit":2147483649})", "/file_bytes_limit"},
             {R"({"upload_grace_seconds":59})", "/upload_grace_seconds"},
             {R"({"upload_grace_seconds":604801})", "/upload_grace_seconds"}}) {
        const auto refused = call(world, patch, assignment, teacher, change, "\"2\"");
        EXPECT_EQ(refused.status, 422) << change;
        EXPECT_EQ(member(refused, "/field"), "\"" + std::string(place) + "\"") << refused.body;
    }
    EXPECT_EQ(call(world, patch, assignment, teacher, R"({"kind":"text"})", "\"2\"").status, 409)
        << "something was handed in";
}

} // namespace
} // namespace bw::test
