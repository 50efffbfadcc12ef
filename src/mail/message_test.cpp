#include "mail/message.hpp"

#include <gtest/gtest.h>

namespace bw::mail {
namespace {

TEST(Address, Table) {
    struct Case {
        std::string address;
        bool good;
    };
    const Case cases[] = {
        {"ada@school.example", true},
        {"a.b+c_d'e@x-y.example", true},
        {"x@localhost", true},
        {std::string(64, 'a') + "@x.example", true},
        {std::string(65, 'a') + "@x.example", false},
        {"a@" + std::string(253, 'b'), false},
        {"", false},
        {"@x.example", false},
        {"ada@", false},
        {"ada", false},
        {"a@b@c", false},
        {"ada@.example", false},
        {"ada@example.", false},
        {"ada@a..b", false},
        {"a..b@x.example", false},
        {"ada@x.example\r\nRCPT TO:<eve@x>", false},
        {"ada@x.example\n", false},
        {"ada @x.example", false},
        {"<ada@x.example>", false},
        {"ada,eve@x.example", false},
        {"\"a b\"@x.example", false},
        {"ada@exa_mple", false},
        {"ad\xc3\xa4@x.example", false},
        {std::string("a\0b@x.example", 13), false},
    };
    for (const Case& c : cases) {
        auto checked = check_address(c.address, "to");
        EXPECT_EQ(checked.has_value(), c.good) << c.address;
        if (!checked) {
            EXPECT_EQ(checked.error().code, Code::invalid_field);
            EXPECT_EQ(checked.error().field, "to");
        }
    }
}

TEST(Compose, AMailAsItGoesOut) {
    const Bytes mail =
        compose({"ada@school.example", "Hello", "One\nTwo\n"}, MailId{{1}},
                {"noreply@school.example", "North \"Hill\""}, Instant{1'795'503'540'000});
    EXPECT_EQ(mail, "Date: Tue, 24 Nov 2026 06:59:00 +0000\r\n"
                    "From: \"North \\\"Hill\\\"\"\r\n <noreply@school.example>\r\n"
                    "To: <ada@school.example>\r\n"
                    "Subject: Hello\r\n"
                    "Message-ID: <mail_01000000000000000000000000000000@school.example>\r\n"
                    "Auto-Submitted: auto-generated\r\n"
                    "MIME-Version: 1.0\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: base64\r\n"
                    "\r\n"
                    "T25lDQpUd28NCg==\r\n");
}

TEST(Compose, NoValueAddsAHeaderAndNoLineIsTooLong) {
    const std::string nasty = "Hi\r\nBcc: eve@x.example\r\n\r\nbody";
    std::string long_text;
    for (int i = 0; i < 200; ++i)
        long_text += "\u00e4\u20ac\U0001f600";
    for (const std::string& text : {nasty, long_text, std::string(500, 'x'),
                                    std::string("=?UTF-8?B?SGk=?="), std::string("a\0b", 3)}) {
        const Bytes mail = compose({"ada@x.example", text, text}, MailId{{1}},
                                   {"noreply@x.example", text}, Instant{0});
        const std::string head = mail.substr(0, mail.find("\r\n\r\n"));
        EXPECT_EQ(head.find("\r\nBcc"), std::string::npos);
        std::size_t headers = 0;
        for (std::size_t at = 0; at < mail.size();) {
            const std::size_t end = mail.find("\r\n", at);
            ASSERT_NE(end, std::string::npos);
            const std::string_view line = std::string_view(mail).substr(at, end - at);
            EXPECT_LE(line.size(), 78u) << line;
            EXPECT_EQ(line.find_first_of(std::string_view("\r\n\0", 3)), std::string_view::npos);
            headers += at < head.size() && !line.starts_with(' ') ? 1 : 0;
            at = end + 2;
        }
        EXPECT_EQ(headers, 9u);
    }
}

TEST(Template, Table) {
    struct Case {
        std::string_view text;
        bool good;
    };
    const Case cases[] = {
        {"Subject\n\nText\n", true},
        {"Hello {{name}}\nText {{name}} {{other_name}}\n", true},
        {"Subject {single} } {\nText\n", true},
        {"", false},
        {"Subject", false},
        {"Subject\n", false},
        {"\nText\n", false},
        {"Subject\nText {{name\n", false},
        {"Subject\nText {{}}\n", false},
        {"Subject\nText {{Na me}}\n", false},
    };
    for (const Case& c : cases)
        EXPECT_EQ(Template::parse(c.text).has_value(), c.good) << c.text;
    const Message message = Template::parse("Hi {{name}}\n\n{{name}} is {{what}}.\n")
                                ->render("a@b", {{"name", "{{what}}"}, {"what", "here"}});
    EXPECT_EQ(message.subject, "Hi {{what}}") << "a value is no template";
    EXPECT_EQ(message.text, "{{what}} is here.\n");
}

TEST(Template, WhatTheProgramBringsRendersAndFallsBackToEnglish) {
    for (std::string_view language : {"en", "de", "ar"})
        EXPECT_NE(find_template("test", language)
                      .render("a@b", {{"institution", "North Hill"}})
                      .subject.find("North Hill"),
                  std::string::npos);
}

TEST(TemplateDeathTest, AMissingOrUnknownParameterIsABug) {
    const auto made = Template::parse("Hi {{name}}\ntext\n");
    EXPECT_DEATH(made->render("a@b", {}), "parameter");
    EXPECT_DEATH(made->render("a@b", {{"name", "x"}, {"other", "y"}}), "parameter");
}

} // namespace
} // namespace bw::mail
