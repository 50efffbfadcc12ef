// How an institution looks, over HTTP: what everybody is shown, and who may change it.
#include <gmock/gmock.h>

#include "http_calls.hpp"
#include "institution/pictures_for_test.hpp"

namespace bw::test {
namespace {

using enum net::Method;
using institution::test::png, institution::test::png_chunk;
using ::testing::HasSubstr;
using ::testing::Not;

struct Branding : ::testing::Test {
    World world;
    const Side& alpha = world.sides.alpha;
    const std::string administrator = world.administrator();
    const std::string branding = "/v1/institution/branding", logo = "/v1/institution/logo";

    Branding() { world.sides.installation.superuser().run("delete from brandings"); }

    net::ClientResponse ask(const std::string& target, const std::string& if_none_match = "",
                            const std::string& host = "alpha.school.test") {
        net::ClientRequest request{.method = get, .target = target, .host = host};
        if (!if_none_match.empty())
            request.headers.emplace_back("If-None-Match", if_none_match);
        return world.send(std::move(request));
    }
    net::ClientResponse put_logo(const std::string& picture, const std::string& token,
                                 const std::string& type = "image/png") {
        return world.send(
            {.method = put,
             .target = logo,
             .host = "localhost",
             .headers = {{"Authorization", "Bearer " + token}, {"Content-Type", type}},
             .body = picture});
    }
    net::ClientResponse change(const std::string& body, const std::string& if_match,
                               const std::string& token) {
        return call(world, put, branding, token, body, if_match);
    }
    std::string audited(const std::string& action) {
        return world.sides.installation.superuser().value(
            "select count(*) from audit_events where action = '" + action + "' and tenant_id = '" +
            to_text(alpha.info.scope.tenant().uuid) + "'");
    }
};

TEST_F(Branding, EverybodyIsToldHowTheInstitutionLooks) {
    const auto plain = ask("/v1/institution");
    EXPECT_EQ(plain.status, 200);
    EXPECT_EQ(member(plain, "/name"), "\"" + alpha.info.name + "\"");
    EXPECT_EQ(member(plain, "/time_zone"), "\"" + alpha.info.zone + "\"");
    for (const char* none : {"/short_name", "/accent_color", "/accent_text_color", "/logo_url"})
        EXPECT_EQ(member(plain, none), "null") << none;
    EXPECT_THAT(std::string(plain.header("cache-control").value_or("")), HasSubstr("public"));
    EXPECT_EQ(ask("/v1/institution", etag(plain)).status, 304);

    const auto changed =
        change(R"({"short_name":"Alpha","accent_color":"#FFE000"})", "\"0\"", administrator);
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(etag(changed), "\"1\"");
    const auto coloured = ask("/v1/institution", etag(plain));
    EXPECT_EQ(coloured.status, 200) << "it is not what it was";
    EXPECT_EQ(member(coloured, "/short_name"), "\"Alpha\"");
    EXPECT_EQ(member(coloured, "/accent_color"), "\"#ffe000\"");
    EXPECT_EQ(member(coloured, "/accent_text_color"), "\"#000000\"")
        << "white cannot be read there";
    EXPECT_EQ(member(ask("/v1/institution", "", "bravo.school.test"), "/short_name"), "null");
    EXPECT_EQ(audited("branding.changed"), "1");
}

TEST_F(Branding, IsForAdministratorsAndNobodysChangeIsLost) {
    const std::string body = R"({"short_name":"Mine","accent_color":null})";
    for (const std::string& other : {world.student(), world.teacher()}) {
        EXPECT_EQ(call(world, get, branding, other).status, 403);
        EXPECT_EQ(change(body, "\"0\"", other).status, 403);
        EXPECT_EQ(put_logo(png(), other).status, 403);
        EXPECT_EQ(call(world, del, logo, other).status, 403);
    }
    EXPECT_EQ(change(body, "", administrator).status, 428);
    EXPECT_EQ(change(body, "\"7\"", administrator).status, 412);
    EXPECT_EQ(etag(call(world, get, branding, administrator)), "\"0\"");
    EXPECT_EQ(change(body, "\"0\"", administrator).status, 200);
    EXPECT_EQ(change(body, "\"0\"", administrator).status, 412) << "another was there first";
    EXPECT_EQ(etag(call(world, get, branding, administrator)), "\"1\"");
    for (const auto& [wrong, field] :
         {std::pair{R"({"short_name":"x"})", "/accent_color"},
          {R"({"short_name":"x","accent_color":"red"})", "/accent_color"},
          {R"({"short_name":"a\nb","accent_color":null})", "/short_name"},
          {R"({"short_name":"12345678901234567890123456789012345678901","accent_color":null})",
           "/short_name"}}) {
        const auto refused = change(wrong, "\"1\"", administrator);
        EXPECT_EQ(refused.status, 422) << wrong;
        EXPECT_THAT(refused.body, HasSubstr(field));
    }
}

TEST_F(Branding, ALogoIsAPictureAndNothingElse) {
    EXPECT_EQ(ask(logo).status, 404);
    const auto put_up = put_logo(png(40, 30, png_chunk("tEXt", "Ada Abara")), administrator);
    ASSERT_EQ(put_up.status, 200) << put_up.body;
    std::string url = member(ask("/v1/institution"), "/logo_url");
    url = url.substr(1, url.size() - 2);
    ASSERT_THAT(url, HasSubstr(logo));
    const auto picture = ask(url);
    EXPECT_EQ(picture.status, 200);
    EXPECT_EQ(picture.body, png(40, 30)) << "without the text in it";
    EXPECT_EQ(picture.header("content-type"), "image/png");
    EXPECT_EQ(picture.header("x-content-type-options"), "nosniff");
    EXPECT_THAT(std::string(picture.header("cache-control").value_or("")), HasSubstr("immutable"));
    EXPECT_THAT(std::string(ask(logo).header("cache-control").value_or("")),
                Not(HasSubstr("immutable")));
    EXPECT_EQ(ask(logo, etag(picture)).status, 304);
    EXPECT_EQ(ask(url, "", "bravo.school.test").status, 404);

    const std::string script = "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>";
    EXPECT_EQ(put_logo(script, administrator, "image/svg+xml").status, 422);
    EXPECT_EQ(put_logo(script, administrator).status, 422);
    EXPECT_EQ(put_logo(png(), administrator, "text/html").status, 415);
    EXPECT_EQ(put_logo(std::string(64 * 1024 + 1, 'x'), administrator).status, 413);
    EXPECT_EQ(ask(logo, etag(picture)).status, 304) << "what was refused has changed nothing";

    // Every change moves the one version.
    EXPECT_EQ(etag(call(world, get, branding, administrator)), "\"1\"");
    EXPECT_EQ(put_logo(png(3, 2, {}, 'x'), administrator).status, 200);
    EXPECT_NE(etag(ask(logo)), etag(picture));
    EXPECT_EQ(call(world, del, logo, administrator).status, 204);
    EXPECT_EQ(call(world, del, logo, administrator).status, 404);
    EXPECT_EQ(ask(logo).status, 404);
    EXPECT_EQ(audited("logo.changed") + audited("logo.removed"), "21");
}

} // namespace
} // namespace bw::test
