// The rules without a database: codes, first guesses, what is asked of a password, lists of leaked
// ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "accounts/breached_list.hpp"
#include "accounts/cards_page.hpp"
#include "accounts/common_passwords.hpp"
#include "accounts/password_rules.hpp"
#include "accounts/secrets.hpp"
#include "support/temporary_directory.hpp"

namespace bw::accounts {
namespace {

using testing::HasSubstr;

TEST(Codes, AreReadAsTheyWereMeant) {
    SeededRng rng(7);
    std::set<std::string> seen;
    std::set<char> letters;
    for (int i = 0; i < 500; ++i) {
        const std::string code = make_code(person_code_chars, rng);
        EXPECT_EQ(read_code(code), code);
        EXPECT_EQ(read_code(shown_code(code)), code);
        seen.insert(code);
        letters.insert(code.begin(), code.end());
    }
    EXPECT_EQ(seen.size(), 500U);
    EXPECT_EQ(letters.size(), code_letters.size()) << "every letter comes up";
    for (char lookalike : std::string_view("01OILUVAE"))
        EXPECT_FALSE(code_letters.contains(lookalike)) << lookalike;
    EXPECT_EQ(read_code(" bcd-fgh "), "BCDFGH");
    for (const char* none :
         {"", "BCDFG", "BCDFGHJ", "BCDFGHJKMNP", "BCDFG0", "BCDFGHJKM\xff", "------"})
        EXPECT_EQ(read_code(none), std::nullopt) << none;
}

TEST(Codes, LinksAreTheirOwnKind) {
    SeededRng rng(7);
    const std::string token = make_link_token(rng);
    EXPECT_TRUE(is_link_token(token));
    for (const std::string& none :
         {std::string(), token + "A", token.substr(1), "bwr" + token.substr(3),
          token.substr(0, token.size() - 1), std::string("BCDFGHJKMN")})
        EXPECT_FALSE(is_link_token(none)) << none;
}

TEST(Codes, AMacIsOfOneTenantPersonPurposeAndKey) {
    const SecretMacs macs(SecretKey{1}), other(SecretKey{2});
    const TenantId a{{1}}, b{{2}};
    const UserId ada{{3}}, bob{{4}};
    std::set<Sha256> all{macs.of_link(a, "X"),
                         macs.of_link(b, "X"),
                         macs.of_link(a, "Y"),
                         macs.of_class_code(a, "X"),
                         macs.of_class_code(b, "X"),
                         macs.of_person_code(a, ada, "X"),
                         macs.of_person_code(a, bob, "X"),
                         macs.of_person_code(b, ada, "X"),
                         other.of_link(a, "X")};
    EXPECT_EQ(all.size(), 9U);
    EXPECT_EQ(macs.cell_of(a, "ada"), macs.cell_of(a, "ada"));
    EXPECT_NE(macs.cell_of(a, "ada"), other.cell_of(a, "ada")) << "nobody knows whose cell it is";
}

TEST(FirstGuesses, AreRefusedAndOthersAreNot) {
    const std::vector<std::string> own{"ada.lovelace",       "Ada",  "Lovelace", "AdaLovelace",
                                       "North Hill Academy", "North"};
    struct Case {
        const char* password;
        const char* why; // empty: it is good
    };
    const Case cases[] = {
        {"password", "commonest"},
        {"Password123!", "commonest"},
        {"p4ssw0rd2024", "commonest"},
        {"PaSSw0rd", "commonest"},
        {"123password", "commonest"},
        {"4dmin2024", "commonest"},
        {"passwordpassword", "commonest"},
        {"p.a.s.s.w.o.r.d", ""},
        {"dragon99", "commonest"},
        {"Summer2025!", "commonest"},
        {"iloveyou1", "commonest"},
        {"aaaaaaaaaa", "repeats"},
        {"abababab", "repeats"},
        {"12341234", "repeats"},
        {"1234567890", "row"},
        {"qwertyuiop", "row"},
        {"qwerty123456", "row"},
        {"1qaz2wsx", "row"},
        {"abcdefgh", "row"},
        {"87654321", "row"},
        {"zxcvbnm123", "row"},
        {"asdfghjkl1", "row"},
        {"20120229", "date"},
        {"29022012", "date"},
        {"290212", "date"},
        {"Lovelace1815", "name"},
        {"ada.lovelace", "name"},
        {"lovelace", "name"},
        {"L0velace!", "name"},
        {"NorthHillAcademy1", "name"},
        {"north2024", "name"},
        {"AdaLovelace7", "name"},
        {"three blue kettles", ""},
        {"kettle-lamp-orbit", ""},
        {"x7#kQ9vLp2", ""},
        {"monkey8472918374", ""},
        {"plumtree91", ""},
        {"größenwahn-im-zoo", ""},
        {"correct horse battery", ""},
        {"74920183", ""},
        {"\xff\xfe\x80zz91kd", ""},
        {"", ""},
    };
    for (const Case& c : cases) {
        const std::string_view why = guessed_first(c.password, own);
        if (*c.why)
            EXPECT_THAT(std::string(why), HasSubstr(c.why)) << c.password;
        else
            EXPECT_EQ(why, "") << c.password;
    }
    EXPECT_EQ(guessed_first("lovelace1815", {}), "") << "somebody else's name is nothing special";
    EXPECT_EQ(guessed_first(std::string(1024, 'a'), own), "") << "not looked at: nobody guesses it";
}

struct Rules : testing::Test {
    test::TemporaryDirectory directory;
    std::filesystem::path file(const char* name) {
        return std::filesystem::path(directory.path()) / name;
    }
    void write(const std::filesystem::path& path, const std::string& text) {
        std::ofstream(path, std::ios::binary) << text;
    }
};

TEST_F(Rules, LeakedPasswordsAreFoundInAListMadeFromRanges) {
    // What "Have I Been Pwned" says of "password" and "password1": well-known hashes.
    std::filesystem::create_directory(file("ranges"));
    write(
        file("ranges") / "5BAA6.txt",
        "1E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\r\n1E4C9B93F3F0682250B6CF8331B7EE68FD9:1\r\n");
    write(file("ranges") / "E38AD.txt", "214943DAAD1D64C102FAEC29DE4AFE9DA3D:2413945\n");
    auto built = build_breached_list({.from = file("ranges"), .count_min = 2}, file("list"));
    ASSERT_TRUE(built) << built.error().text();
    EXPECT_EQ(*built, 2U) << "the rare one is left out";
    auto list = BreachedList::open(file("list"));
    ASSERT_TRUE(list) << list.error().text();
    EXPECT_TRUE(list->contains("password"));
    EXPECT_TRUE(list->contains("password1"));
    EXPECT_FALSE(list->contains("password2"));
    EXPECT_FALSE(list->contains(""));

    write(file("one.txt"), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:"
                           "9545824\nE38AD214943DAAD1D64C102FAEC29DE4AFE9DA3D:2413945\n");
    auto again = build_breached_list({.from = file("one.txt")}, file("list2"));
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_TRUE(BreachedList::open(file("list2"))->contains("password"));
}

TEST_F(Rules, AListThatIsNoneIsRefusedWithItsPlace) {
    struct Case {
        const char *what, *text, *place;
    };
    const Case cases[] = {
        {"no hash", "hello\n", ":1"},
        {"no count", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8\n", ":1"},
        {"a word for a count", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:many\n", ":1"},
        {"a hash cut short", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68F:1\n", ":1"},
        {"out of order",
         "E38AD214943DAAD1D64C102FAEC29DE4AFE9DA3D:1\n5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:1\n",
         ":2"},
    };
    for (const Case& c : cases) {
        write(file("bad.txt"), c.text);
        auto built = build_breached_list({.from = file("bad.txt")}, file("bad"));
        ASSERT_FALSE(built) << c.what;
        EXPECT_EQ(built.error().code, Code::invalid_field) << c.what;
        EXPECT_THAT(built.error().field, HasSubstr(c.place)) << c.what;
        EXPECT_FALSE(std::filesystem::exists(file("bad"))) << c.what;
    }
    EXPECT_EQ(build_breached_list({.from = file("nothing")}, file("bad")).error().code,
              Code::not_found);
    std::string whole("bwbreach1\n\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0abcdef", 38);
    write(file("whole"), whole);
    EXPECT_TRUE(BreachedList::open(file("whole")));
    for (std::size_t cut : {0U, 10U, 31U, 32U, 37U}) {
        write(file("cut"), whole.substr(0, cut));
        EXPECT_FALSE(BreachedList::open(file("cut"))) << cut;
    }
    whole[16] = 2;
    write(file("cut"), whole);
    EXPECT_FALSE(BreachedList::open(file("cut"))) << "says more than there is";
    whole[23] = '\x7f';
    write(file("cut"), whole);
    EXPECT_FALSE(BreachedList::open(file("cut"))) << "a number that overflows";
}

TEST_F(Rules, ThePolicyCountsCharactersByWhoItIs) {
    const tenancy::Roles student = tenancy::Role::student, teacher = tenancy::Role::teacher;
    const PasswordRules rules{
        {.staff_chars_min = 10, .student_chars_min = 6}, "North Hill", nullptr};
    struct Case {
        tenancy::Roles roles;
        std::string password;
        bool good;
    };
    const Case cases[] = {
        {student, "kettle", true},
        {student, "kettl", false},
        {student, "größte", true},
        {student, "größt", false},
        {teacher, "kettle-lam", true},
        {teacher, "kettle-la", false},
        {student.with(tenancy::Role::teacher), "kettle-la", false},
        {tenancy::Roles(), "kettle-la", false},
        {student, std::string(1023, 'x') + "ab", false},
    };
    for (const Case& c : cases) {
        const Person person{.id = {},
                            .username = "ada",
                            .given_name = "Ada",
                            .family_name = "L",
                            .email = {},
                            .roles = c.roles};
        auto checked = check_password(c.password, person, rules, "/new_password");
        EXPECT_EQ(checked.has_value(), c.good) << c.password;
        if (!checked) {
            EXPECT_EQ(checked.error().code, Code::invalid_field);
            EXPECT_EQ(checked.error().field, "/new_password");
            EXPECT_EQ(checked.error().detail.find(c.password), std::string::npos)
                << "it is not said aloud";
        }
    }
}

TEST_F(Rules, LeakedOnesAreRefusedButToPupilsWithShortOnes) {
    // SHA-1 of "three blue kettles".
    write(file("one.txt"), "065DAB3BE7CF496E125860902CD03AF950B382DD:1\n");
    ASSERT_TRUE(build_breached_list({.from = file("one.txt")}, file("list")));
    const auto list = BreachedList::open(file("list"));
    ASSERT_TRUE(list);
    const Person person{.id = {},
                        .username = "ada",
                        .given_name = "Ada",
                        .family_name = "L",
                        .email = {},
                        .roles = tenancy::Role::student};
    PasswordRules rules{{.staff_chars_min = 8, .student_chars_min = 8}, "North Hill", &*list};
    EXPECT_THAT(check_password("three blue kettles", person, rules, "f").error().detail,
                HasSubstr("stolen"));
    EXPECT_TRUE(check_password("three blue teapots", person, rules, "f"));
    rules.policy.student_chars_min = 5;
    EXPECT_TRUE(check_password("three blue kettles", person, rules, "f"));
    rules.policy.student_chars_min = 8;
    rules.breached = nullptr;
    EXPECT_TRUE(check_password("three blue kettles", person, rules, "f"))
        << "the control: the list refused it";
}

TEST(CardsPage, NamesAreTextAndNothingIsLoaded) {
    const CardsPage page =
        cards_page("North <b>Hill</b>", "Art & \"Craft\"", "https://north.test/password", "en",
                   Instant{1795424340000},
                   {{"<script>alert(1)</script>", "O'Hara", "ada&co", "BCDFG-HJKMN",
                     "https://north.test/password#username=ada%26co&code=BCDFGHJKMN"}});
    EXPECT_EQ(page.html.find("<script"), std::string::npos);
    EXPECT_EQ(page.html.find("<b>"), std::string::npos);
    for (const char* part :
         {"&lt;script&gt;", "O&#39;Hara", "ada&amp;co", "BCDFG-HJKMN",
          "<svg role=\"img\" aria-label=", "lang=\"en\"", "break-inside: avoid", "size: A4"})
        EXPECT_THAT(page.html, HasSubstr(part));
    for (const char* part : {" src=", " href=", "url(", "@import"})
        EXPECT_EQ(page.html.find(part), std::string::npos) << part;
    EXPECT_THAT(page.content_security_policy, HasSubstr("default-src 'none'"));
    EXPECT_THAT(page.content_security_policy, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(cards_page("N", "S", "a", "de", Instant{0}, {}).html, HasSubstr("Zugangskarten"));
    EXPECT_EQ(qr_svg(std::string(8000, 'x'), "t"), "") << "too long";
}

} // namespace
} // namespace bw::accounts
