// A section's page over HTTP: who sees what, and who may change it.
#include <gmock/gmock.h>

#include "content/announcement_jobs.hpp"
#include "http_calls.hpp"

namespace bw::test {
namespace {

using enum net::Method;
using tenancy::Role;
using ::testing::HasSubstr;
using ::testing::Not;

/// The institution alpha with another section (16) and its student (13), and nothing on any page.
class SectionPage : public ::testing::Test {
protected:
    SectionPage() {
        auto id = [&](unsigned char kind) { return "'" + to_text(alpha.id(kind)) + "'"; };
        run("delete from materials; delete from announcements; delete from notice_reads; delete "
            "from notices;"
            "insert into sections (section_id, source, sourced_id, title, class_type, course_id, "
            "school_org_id) values (" +
            id(16) + ", 's', 's', 'Other', 'scheduled', " + id(3) + ", " + id(1) +
            ");"
            "insert into users (user_id, source, sourced_id, username, username_normal, "
            "given_name, family_name) values (" +
            id(13) +
            ", 's', 'bob', 'bob', 'bob', 'Bob', 'Byron');"
            "insert into enrollments (enrollment_id, source, sourced_id, section_id, "
            "school_org_id, user_id, role, is_primary) values (gen_random_uuid(), 's', 'bob', " +
            id(16) + ", " + id(1) + ", " + id(13) + ", 'student', true)");
    }
    void run(const std::string& sql) {
        world.sides.installation.superuser().run("begin; set local bw.tenant = '" +
                                                 to_text(alpha.info.scope.tenant().uuid) + "';" +
                                                 sql + ";commit");
    }
    std::string value(const std::string& sql) {
        return world.sides.installation.superuser().value(sql);
    }
    std::string token(unsigned char user, tenancy::Roles roles) {
        return tenancy::sign_token(world.claims(alpha, user, roles), world.key);
    }
    net::ClientResponse call(net::Method method, const std::string& target,
                             const std::string& token, const std::string& body = "",
                             const std::string& if_match = "") {
        return test::call(world, method, target, token, body, if_match);
    }
    static std::string text(const net::ClientResponse& answer, const std::string& pointer) {
        std::string json = member(answer, pointer);
        return json.size() < 2 || json.front() != '"' ? json : json.substr(1, json.size() - 2);
    }
    /// "A B": titles of the materials on the page, as that one sees it.
    std::string titles(const std::string& token) {
        const auto page = call(get, section + "/page", token);
        EXPECT_EQ(page.status, 200) << page.body;
        std::string out;
        for (int i = 0;; ++i) {
            const std::string title = text(page, "/materials/" + std::to_string(i) + "/title");
            if (title.starts_with("nothing in"))
                return out;
            out += (out.empty() ? "" : " ") + title;
        }
    }
    std::string add(const std::string& title, const std::string& more = R"("published":true)") {
        const auto made = call(post, section + "/materials", teacher,
                               R"({"kind":"link","url":"https://a.example/x","title":")" + title +
                                   "\"," + more + "}");
        EXPECT_EQ(made.status, 201) << made.body;
        EXPECT_EQ(etag(made), "\"1\"");
        return "/v1/materials/" + text(made, "/material_id");
    }
    /// A whole upload; its id.
    std::string upload(const std::string& token, const std::string& name, const std::string& type,
                       const std::string& bytes) {
        auto base64 = [](const std::string& of) {
            std::string out = to_base64url(of);
            std::ranges::replace(out, '-', '+');
            std::ranges::replace(out, '_', '/');
            return out + std::string((4 - out.size() % 4) % 4, '=');
        };
        const auto made =
            world.send({.method = post,
                        .target = "/v1/uploads",
                        .host = "alpha.school.test",
                        .headers = {{"Authorization", "Bearer " + token},
                                    {"Tus-Resumable", "1.0.0"},
                                    {"Upload-Length", std::to_string(bytes.size())},
                                    {"Upload-Metadata",
                                     "filename " + base64(name) + ",filetype " + base64(type)},
                                    {"Content-Type", "application/offset+octet-stream"}},
                        .body = bytes});
        EXPECT_EQ(made.status, 201) << made.body;
        const std::string location(made.header("location").value_or(""));
        return location.substr(location.rfind('/') + 1);
    }
    net::ClientResponse follow(const std::string& path, const std::string& range = "",
                               const std::string& host = "alpha.school.test") {
        net::ClientRequest request{.method = get, .target = path, .host = host};
        if (!range.empty())
            request.headers.emplace_back("Range", range);
        return world.send(std::move(request));
    }

    World world;
    const Side& alpha = world.sides.alpha;
    const std::string section = "/v1/sections/" + SectionId{alpha.id(4)}.text();
    const std::string student = world.student(), teacher = world.teacher(),
                      administrator = world.administrator(), bob = token(13, Role::student),
                      teacher_elsewhere = token(13, Role::teacher);
};

TEST_F(SectionPage, StudentsSeeWhatIsPublishedAndVisibleNow) {
    add("Shown");
    const std::string draft = add("Draft", R"("published":false)"),
                      later =
                          add("Later", R"("published":true,"visible_from":"2040-01-01T00:00:00Z")"),
                      since =
                          add("Since", R"("published":true,"visible_from":"2020-01-01T00:00:00Z")");
    EXPECT_EQ(titles(student), "Shown Since");
    EXPECT_EQ(titles(teacher), "Shown Draft Later Since");
    EXPECT_EQ(titles(administrator), "Shown Draft Later Since");
    for (const std::string& hidden : {draft, later}) {
        EXPECT_EQ(call(get, hidden, student).status, 404);
        EXPECT_EQ(call(get, hidden, teacher).status, 200);
    }
    EXPECT_EQ(call(get, since, student).status, 200);
    const auto page = call(get, section + "/page", student);
    EXPECT_EQ(text(page, "/assignments/0/title"), alpha.marker + " assignment");
    EXPECT_EQ(member(page, "/teaches"), "false");
    for (const std::string& stranger : {bob, teacher_elsewhere}) {
        EXPECT_EQ(call(get, section + "/page", stranger).status, 404);
        EXPECT_EQ(call(get, since, stranger).status, 404);
    }
    const auto same = call(get, section + "/page", student);
    EXPECT_NE(etag(same), "");
    EXPECT_EQ(etag(same), etag(page)) << "who asks again hears 304";
}

TEST_F(SectionPage, OnlyItsTeachersChangeIt) {
    const std::string one = add("One");
    const std::string body = R"({"kind":"link","title":"X","url":"https://a.example"})";
    for (const auto& [who, status] :
         {std::pair{student, 403}, {bob, 403}, {teacher_elsewhere, 404}}) {
        EXPECT_EQ(call(post, section + "/materials", who, body).status, status);
        EXPECT_EQ(call(patch, one, who, R"({"title":"X"})", "\"1\"").status, status);
        EXPECT_EQ(call(del, one, who, "", "\"1\"").status, status);
        EXPECT_EQ(call(post, section + "/announcements", who, R"({"title":"X"})").status, status);
    }
    // Who teaches somewhere and attends here is a student here.
    run("update enrollments set section_id = '" + to_text(alpha.id(4)) + "' where user_id = '" +
        to_text(alpha.id(13)) + "'");
    EXPECT_EQ(call(patch, one, teacher_elsewhere, R"({"title":"X"})", "\"1\"").status, 403);
    EXPECT_EQ(titles(student), "One");
}

TEST_F(SectionPage, AnEditNobodySawIsNotLost) {
    const std::string one = add("One");
    EXPECT_EQ(call(patch, one, teacher, R"({"title":"Two"})").status, 428);
    const auto changed = call(patch, one, teacher, R"({"title":"Two"})", "\"1\"");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(etag(changed), "\"2\"");
    EXPECT_EQ(call(patch, one, teacher, R"({"title":"Three"})", "\"1\"").status, 412);
    EXPECT_EQ(call(patch, one, teacher, R"({"before_id":null})", "\"1\"").status, 412);
    EXPECT_EQ(call(del, one, teacher, "", "\"1\"").status, 412);
    EXPECT_EQ(call(del, one, teacher).status, 428);
    EXPECT_EQ(titles(student), "Two");
    EXPECT_EQ(call(del, one, teacher, "", "\"2\"").status, 204);
    EXPECT_EQ(titles(student), "");
    EXPECT_EQ(value("select string_agg(action, ' ' order by at, audit_event_id) from audit_events "
                    "where action like 'material.%'"),
              "material.added material.changed material.removed");
}

TEST_F(SectionPage, MaterialsStandInTheirTeachersOrder) {
    const std::string a = add("A"), b = add("B"), c = add("C");
    auto id = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
    auto move = [&](const std::string& one, const std::string& before) {
        return call(patch, one, teacher,
                    "{\"before_id\":" + (before.empty() ? "null" : "\"" + id(before) + "\"") + "}",
                    etag(call(get, one, teacher)))
            .status;
    };
    EXPECT_EQ(move(c, a), 200);
    EXPECT_EQ(titles(student), "C A B");
    EXPECT_EQ(move(c, ""), 200);
    EXPECT_EQ(titles(student), "A B C");
    EXPECT_EQ(move(c, b), 200);
    EXPECT_EQ(titles(student), "A C B");
    EXPECT_EQ(move(c, c), 422);
    EXPECT_EQ(move(c, "mat_00000000000000000000000000000000"), 422);
    add("D");
    EXPECT_EQ(titles(student), "A C B D");
}

TEST_F(SectionPage, WhatCannotStandThereIsRefusedByName) {
    const std::string path = section + "/materials";
    for (const auto& [body, field] : std::initializer_list<std::pair<const char*, const char*>>{
             {R"({"kind":"link","title":"X"})", "/url"},
             {R"({"kind":"video","title":"X"})", "/upload_id"},
             {R"({"kind":"link","title":"X","url":"javascript:alert"})", "/url"},
             {R"({"kind":"link","title":"X","url":"http://a.example"})", "/url"},
             {R"({"kind":"file","title":"X","url":"https://a.example"})", "/url"},
             {R"({"kind":"film","title":"X","url":"https://a.example"})", "/kind"},
             {R"({"kind":"link","title":" ","url":"https://a.example"})", "/title"},
             {R"({"kind":"link","title":"a\nb","url":"https://a.example"})", "/title"},
             {R"({"kind":"link","title":"X","text":"a\u0000b","url":"https://a.example"})",
              "/text"},
             {R"({"kind":"file","title":"X","upload_id":"upl_1"})", "/upload_id"},
             {R"({"kind":"file","title":"X","upload_id":"upl_00000000000000000000000000000000"})",
              "/upload_id"}}) {
        const auto refused = call(post, path, teacher, body);
        EXPECT_EQ(refused.status, 422) << body << refused.body;
        EXPECT_EQ(text(refused, "/field"), field) << body;
    }
    const auto made =
        call(post, path, teacher,
             R"({"kind":"link","title":"X","url":"https://a.example","published":true,)"
             R"("text":"<script>alert(1)</script>"})");
    EXPECT_THAT(std::string(made.header("content-type").value_or("")), HasSubstr("json"));
    EXPECT_EQ(text(made, "/text"), "<script>alert(1)</script>") << "text stays text";
}

TEST_F(SectionPage, AFileGoesOutByItsLinkWhileItStandsThere) {
    const std::string id = upload(teacher, "sheet.pdf", "application/pdf", "0123456789");
    const auto made = call(post, section + "/materials", teacher,
                           R"({"kind":"file","title":"Sheet","upload_id":")" + id + "\"}");
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string material = "/v1/materials/" + text(made, "/material_id"),
                      draft = text(made, "/file/path");
    EXPECT_EQ(follow(draft).status, 200) << "a teacher sees a draft";
    EXPECT_EQ(follow(material + "/file" + draft.substr(draft.find('?'))).status, 403)
        << "but passes nothing on by it";
    ASSERT_EQ(call(patch, material, teacher, R"({"published":true})", "\"1\"").status, 200);
    const auto page = call(get, section + "/page", student);
    const std::string path = text(page, "/materials/0/file/path");
    EXPECT_EQ(text(page, "/materials/0/file/name"), "sheet.pdf");
    const auto whole = follow(path), part = follow(path, "bytes=2-4");
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.body, "0123456789");
    EXPECT_EQ(whole.header("content-type"), "application/octet-stream");
    EXPECT_THAT(std::string(whole.header("content-disposition").value_or("")),
                HasSubstr("attachment"));
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, "234");
    EXPECT_EQ(follow(path, "", "bravo.school.test").status, 403) << "another institution's";
    std::string tampered = path;
    tampered.back() = tampered.back() == 'A' ? 'B' : 'A';
    EXPECT_EQ(follow(tampered).status, 403);

    ASSERT_EQ(call(patch, material, teacher, R"({"visible_from":"2040-01-01T00:00:00Z"})", "\"2\"")
                  .status,
              200);
    EXPECT_EQ(follow(path).status, 404) << "a link ends with what it leads to";
    EXPECT_EQ(value("select held and expires_at is null from uploads where state = 'complete' and "
                    "name = 'sheet.pdf'"),
              "t");
    ASSERT_EQ(call(del, material, teacher, "", "\"3\"").status, 204);
    EXPECT_EQ(value("select not held and expires_at is not null from uploads where name = "
                    "'sheet.pdf'"),
              "t")
        << "it is its owner's again";
    EXPECT_EQ(follow(draft).status, 404);
}

TEST_F(SectionPage, AnUploadIsHeldByEveryPlaceItStandsAt) {
    const std::string id = upload(teacher, "sheet.pdf", "application/pdf", "0123456789");
    auto put_up = [&] {
        const auto made = call(post, section + "/materials", teacher,
                               R"({"kind":"file","title":"Sheet","upload_id":")" + id + "\"}");
        EXPECT_EQ(made.status, 201) << made.body;
        return "/v1/materials/" + text(made, "/material_id");
    };
    const std::string one = put_up(), two = put_up();
    const auto remove = [&] {
        return world
            .send({.method = del,
                   .target = "/v1/uploads/" + id,
                   .host = "alpha.school.test",
                   .headers = {{"Authorization", "Bearer " + teacher}, {"Tus-Resumable", "1.0.0"}}})
            .status;
    };
    EXPECT_EQ(remove(), 409);
    ASSERT_EQ(call(del, one, teacher, "", "\"1\"").status, 204);
    EXPECT_EQ(remove(), 409) << "it stands at another place";
    ASSERT_EQ(call(patch, two, teacher,
                   R"({"upload_id":")" + upload(teacher, "b", "text/plain", "b") + "\"}", "\"1\"")
                  .status,
              200);
    EXPECT_EQ(remove(), 204);
    const std::string students = upload(student, "mine", "text/plain", "x");
    EXPECT_EQ(text(call(post, section + "/materials", teacher,
                        R"({"kind":"file","title":"Hers","upload_id":")" + students + "\"}"),
                   "/field"),
              "/upload_id")
        << "nobody puts up what is another's";
}

TEST_F(SectionPage, AVideoIsPlayedPieceByPiece) {
    const std::string text_upload = upload(teacher, "x.html", "text/html", "<p>"),
                      video = upload(teacher, "x.mp4", "video/mp4", "0123456789");
    auto body = [](const std::string& id) {
        return R"({"kind":"video","title":"Film","published":true,"upload_id":")" + id + "\"}";
    };
    EXPECT_EQ(text(call(post, section + "/materials", teacher, body(text_upload)), "/field"),
              "/upload_id");
    ASSERT_EQ(call(post, section + "/materials", teacher, body(video)).status, 201);
    const std::string path = text(call(get, section + "/page", student), "/materials/0/file/path");
    const auto part = follow(path, "bytes=0-3");
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.header("content-type"), "video/mp4");
    EXPECT_EQ(part.header("content-range"), "bytes 0-3/10");
    EXPECT_FALSE(part.header("content-disposition"));
    EXPECT_EQ(part.header("x-content-type-options"), "nosniff");
}

// ---- announcements ----

TEST_F(SectionPage, AnAnnouncementIsToldToItsStudentsOnce) {
    const std::string path = section + "/announcements";
    const auto made = call(post, path, teacher, R"({"title":"No class","text":"*Read* on."})");
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string one = "/v1/announcements/" + text(made, "/announcement_id");
    EXPECT_EQ(text(call(get, one, student), "/text"), "*Read* on.");
    EXPECT_EQ(text(call(get, section + "/page", student), "/announcements/data/0/title"),
              "No class");
    EXPECT_EQ(text(call(get, path, student), "/data/0/title"), "No class");
    for (const std::string& target : {one, path})
        EXPECT_EQ(call(get, target, bob).status, 404) << "of another section";
    const auto notices = call(get, "/v1/notices", student);
    EXPECT_EQ(text(notices, "/data/0/kind"), "announcement");
    EXPECT_EQ(text(notices, "/data/0/announcement_id"), text(made, "/announcement_id"));
    EXPECT_EQ(member(notices, "/unread"), "1");
    EXPECT_EQ(member(call(get, "/v1/notices", bob), "/unread"), "0");
    const auto read = call(post, "/v1/notices/read", student,
                           R"({"notice_ids":[")" + text(notices, "/data/0/notice_id") + "\"]}");
    EXPECT_EQ(member(read, "/unread"), "0");

    EXPECT_EQ(call(patch, one, teacher, R"({"title":"Class"})").status, 428);
    ASSERT_EQ(call(patch, one, teacher, R"({"title":"Class"})", "\"1\"").status, 200);
    EXPECT_EQ(call(patch, one, teacher, R"({"title":"Lost"})", "\"1\"").status, 412);
    EXPECT_EQ(text(call(get, one, student), "/title"), "Class");
    EXPECT_EQ(value("select count(*) from notices"), "1") << "nobody is told again";
    EXPECT_EQ(call(del, one, student, "", "\"2\"").status, 403);
    ASSERT_EQ(call(del, one, teacher, "", "\"2\"").status, 204);
    EXPECT_EQ(call(get, one, teacher).status, 404);
    EXPECT_EQ(member(call(get, "/v1/notices", student), "/data"), "[]");
}

TEST_F(SectionPage, AnnouncementsAreListedPageByPage) {
    for (int i = 0; i < 7; ++i)
        ASSERT_EQ(call(post, section + "/announcements", teacher,
                       R"({"title":"A)" + std::to_string(i) + "\"}")
                      .status,
                  201);
    // Those of one millisecond stand in no order that anybody could name.
    run("update announcements set created_at = '2026-11-01'::timestamptz + substr(title, "
        "2)::integer * interval '1 minute' where title like 'A_'");
    std::string seen;
    for (std::string cursor; cursor != "null";) {
        const auto page = call(
            get, section + "/announcements?limit=3" + (cursor.empty() ? "" : "&cursor=" + cursor),
            student);
        ASSERT_EQ(page.status, 200) << page.body;
        for (int i = 0; i < 3; ++i)
            if (const std::string title = text(page, "/data/" + std::to_string(i) + "/title");
                title.size() == 2)
                seen += title;
        cursor = text(page, "/next");
    }
    EXPECT_EQ(seen, "A6A5A4A3A2A1A0");
    EXPECT_EQ(text(call(get, section + "/page", student), "/announcements/data/4/title"), "A2");
}

TEST_F(SectionPage, MailsOfAnAnnouncementAreWrittenByAJobSoManyAtATime) {
    std::string students;
    for (int i = 0; i < 150; ++i) {
        const std::string n = "'m" + std::to_string(i) + "'", id = "md5(" + n + ")::uuid";
        students += "insert into users (user_id, source, sourced_id, username, username_normal, "
                    "given_name, family_name, email) values (" +
                    id + ", 's', " + n + ", " + n + ", " + n + ", " + n + ", 'X', " + n +
                    " || '@school.example'); insert into enrollments (enrollment_id, source, "
                    "sourced_id, section_id, school_org_id, user_id, role, is_primary) values "
                    "(gen_random_uuid(), 's', " +
                    n + ", '" + to_text(alpha.id(4)) + "', '" + to_text(alpha.id(1)) + "', " + id +
                    ", 'student', true);";
    }
    run(students + "delete from jobs; delete from mail_dispatch; delete from mail_outbox");
    ASSERT_EQ(call(post, section + "/announcements", teacher, R"({"title":"Quiet"})").status, 201);
    EXPECT_EQ(value("select count(*) from jobs where kind = 'announcement.mails'"), "0")
        << "the institution does not want them";
    const auto policy = call(get, "/v1/notice-policy", administrator);
    EXPECT_EQ(call(put, "/v1/notice-policy", teacher,
                   R"({"grade_mails":false,"announcement_mails":true})", etag(policy))
                  .status,
              403);
    ASSERT_EQ(call(put, "/v1/notice-policy", administrator,
                   R"({"grade_mails":false,"announcement_mails":true})", etag(policy))
                  .status,
              200);
    ASSERT_EQ(call(post, section + "/announcements", teacher, R"({"title":"Loud"})").status, 201);

    const audit::SubjectKeys keys{SecretKey{9}};
    const auto kind = content::announcement_kinds(keys, world.clock, world.rng).front();
    auto database = world.sides.installation.database();
    auto work = [&] { // what a worker does with the job, and that it is done with it
        jobs::Job job{};
        job.args = value("select args from jobs where kind = 'announcement.mails'");
        run("delete from jobs");
        auto outcome =
            kind.handler({job, alpha.info, *database, Deadline::in(world.clock, 20s), {}});
        ASSERT_TRUE(outcome) << outcome.error().text();
        auto done = database->run(
            alpha.info.scope, Deadline::in(world.clock, 60s),
            [&](tenancy::TenantTx& tx) { return std::get<jobs::Effect>(*outcome)(tx); });
        ASSERT_TRUE(done) << done.error().text();
    };
    work();
    const std::string mails = "select count(*) from mail_outbox where template = 'announcement'";
    EXPECT_LE(std::stoi(value(mails)), 100);
    ASSERT_EQ(value("select count(*) from jobs where kind = 'announcement.mails'"), "1");
    work();
    EXPECT_EQ(value(mails), "150") << "one for each who has an address";
    EXPECT_EQ(value("select count(*) from jobs where kind = 'announcement.mails'"), "0");
}

} // namespace
} // namespace bw::test
