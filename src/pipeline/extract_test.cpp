// Text out of files, good and hostile. The hostile ones are made here.
#include "pipeline/extract.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "pipeline/sandbox.hpp"

namespace bw::pipeline {
namespace {

/// A ZIP of these members, each made as it is written.
struct Member {
    std::string name;
    std::size_t bytes;
    std::function<std::string(std::size_t at, std::size_t bytes)> content;
};
std::string zip_of(const std::vector<Member>& members) {
    std::string out;
    out.resize(64UL << 20);
    std::size_t used = 0;
    const std::unique_ptr<archive, decltype(&archive_write_free)> zip(archive_write_new(),
                                                                      &archive_write_free);
    archive_write_set_format_zip(zip.get());
    archive_write_open_memory(zip.get(), out.data(), out.size(), &used);
    for (const Member& member : members) {
        const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(
            archive_entry_new(), &archive_entry_free);
        archive_entry_set_pathname(entry.get(), member.name.c_str());
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.bytes));
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0644);
        EXPECT_EQ(archive_write_header(zip.get(), entry.get()), ARCHIVE_OK);
        constexpr std::size_t chunk = 1UL << 20;
        for (std::size_t at = 0; at < member.bytes; at += chunk) {
            const std::string part = member.content(at, std::min(chunk, member.bytes - at));
            EXPECT_EQ(archive_write_data(zip.get(), part.data(), part.size()),
                      static_cast<la_ssize_t>(part.size()));
        }
    }
    archive_write_close(zip.get());
    out.resize(used);
    return out;
}
Member member(std::string name, std::string text) {
    return {std::move(name), text.size(),
            [text](std::size_t at, std::size_t bytes) { return text.substr(at, bytes); }};
}
std::string docx(const std::string& body) {
    return zip_of({member("[Content_Types].xml", "<Types/>"),
                   member("word/document.xml",
                          "<?xml version=\"1.0\"?><w:document xmlns:w=\"urn:w\"><w:body>" + body +
                              "</w:body></w:document>")});
}
Member filled(std::string name, std::size_t bytes, char with) {
    return {std::move(name), bytes,
            [with](std::size_t, std::size_t n) { return std::string(n, with); }};
}

/// A PDF of these objects; the first is the catalogue.
std::string pdf_of(const std::vector<std::string>& objects) {
    std::string out = "%PDF-1.4\n";
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < objects.size(); ++i) {
        places.push_back(out.size());
        out += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
    }
    const std::size_t table = out.size();
    out += "xref\n0 " + std::to_string(objects.size() + 1) + "\n0000000000 65535 f \n";
    for (const std::size_t place : places) {
        std::string number = std::to_string(place);
        out += std::string(10 - number.size(), '0') + number + " 00000 n \n";
    }
    return out + "trailer << /Size " + std::to_string(objects.size() + 1) +
           " /Root 1 0 R >>\nstartxref\n" + std::to_string(table) + "\n%%EOF\n";
}
std::string stream(const std::string& content) {
    return "<< /Length " + std::to_string(content.size()) + " >>\nstream\n" + content +
           "\nendstream";
}
std::string page(const std::string& content) {
    return pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources "
         "<< /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> >>",
         stream(content), "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
         // A form that draws itself.
         "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 "
         "0 R >> >> /Length 14 >>\nstream\n/X Do /X Do   \nendstream"});
}

class ExtractTest : public testing::Test {
protected:
    void SetUp() override {
        if (const auto lack = sandbox_lacks())
            GTEST_SKIP() << "NOT TESTED: " << *lack;
    }
    Result<Bytes> extract(ByteView bytes, Duration time_limit = 10s) {
        return extract_text({.own_program = BW_EXTRACT_PROGRAM, .time_limit = time_limit}, bytes,
                            clock_, Deadline::in(clock_, 60s));
    }
    Code refused(ByteView bytes, Duration time_limit = 10s) {
        auto text = extract(bytes, time_limit);
        EXPECT_FALSE(text) << "it gave " << text->size() << " bytes";
        return text ? Code::internal : text.error().code;
    }

    SystemClock clock_;
};

TEST_F(ExtractTest, PlainTextIsTakenAsItIs) {
    EXPECT_EQ(*extract("Schöne Grüße"), "Schöne Grüße");
    EXPECT_EQ(*extract(""), "");
    EXPECT_EQ(refused(ByteView("a\0b", 3)), Code::unsupported_media_type);
    EXPECT_EQ(refused("\xff\xfe"), Code::unsupported_media_type);
    EXPECT_EQ(refused(std::string((4UL << 20) + 1, 'x')), Code::payload_too_large);
}

TEST_F(ExtractTest, TheTextOfAPdf) {
    const auto text = extract(page("BT /F 24 Tf 50 700 Td (The steam engine changed all) Tj ET"));
    ASSERT_TRUE(text) << text.error().text();
    EXPECT_EQ(text->substr(0, text->find('\n')), "The steam engine changed all");
}

TEST_F(ExtractTest, TheTextOfADocx) {
    EXPECT_EQ(*extract(docx("<w:p><w:r><w:t>One &amp; only</w:t><w:tab/><w:t>two</w:t></w:r></w:p>"
                            "<w:tbl><w:tr><w:tc><w:p><w:t>cell</w:t><w:br/></w:p></w:tc></w:tr>"
                            "</w:tbl><w:p/>")),
              "One & only\ttwo\ncell\n\n\n");
}

TEST_F(ExtractTest, DamagedFilesAreTheirOwnFault) {
    const std::string good = docx("<w:p><w:t>x</w:t></w:p>"), pdf = page("BT ET");
    EXPECT_EQ(refused(good.substr(0, good.size() / 2)), Code::bad_request);
    EXPECT_EQ(refused(docx("<w:p>")), Code::bad_request);
    EXPECT_EQ(refused(zip_of({member("other.xml", "<a/>")})), Code::bad_request);
    EXPECT_EQ(refused("%PDF-1.4 and nothing else"), Code::bad_request);
}

TEST_F(ExtractTest, AZipBombIsNotUnpacked) {
    EXPECT_EQ(refused(zip_of({filled("word/document.xml", 1UL << 30, ' ')})),
              Code::payload_too_large);
    // What is not looked at is not unpacked either.
    std::vector<Member> members{filled("word/media/bomb", 1UL << 30, 'x'),
                                member("word/document.xml", "<d><p><t>text</t></p></d>")};
    EXPECT_EQ(*extract(zip_of(members)), "text\n");
    std::vector<Member> many;
    for (int i = 0; i < 10'001; ++i)
        many.push_back(member("m" + std::to_string(i), ""));
    many.push_back(member("word/document.xml", "<d/>"));
    EXPECT_EQ(refused(zip_of(many)), Code::bad_request);
}

TEST_F(ExtractTest, ADeepOrHugeDocumentHarmsNobody) {
    std::string deep, end;
    for (int i = 0; i < 1'000'000; ++i) {
        deep += "<a>";
        end += "</a>";
    }
    EXPECT_EQ(*extract(docx(deep + "<w:t>deep</w:t>" + end)), "deep");
    // Entities that multiply stay what they are: no text of theirs is made.
    const std::string laughs =
        "<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><d><p><t>&b;</t></p></d>";
    EXPECT_EQ(*extract(zip_of({member("word/document.xml", laughs)})), "&b;\n");
    std::string breaks = "<d>";
    for (int i = 0; i < 4'200'000; ++i)
        breaks += "<br/>";
    const auto code = refused(zip_of({member("word/document.xml", breaks + "</d>")}));
    EXPECT_TRUE(code == Code::payload_too_large || code == Code::bad_request)
        << "more text than is looked at, or more memory";
}

TEST_F(ExtractTest, HostilePdfsEndWithinTheirLimits) {
    std::string deep = "<< /Type /Catalog /Pages 2 0 R /Deep ";
    deep += std::string(3'000'000, '[') + std::string(3'000'000, ']') + " >>";
    const std::string loop = pdf_of({"<< /Type /Catalog /Pages 2 0 R >>",
                                     "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2000000000 >>"}),
                      huge = pdf_of({"<< /Type /Catalog /Pages 2 0 R >>",
                                     "<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>",
                                     "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"});
    std::string operators = "BT /F 1 Tf ";
    for (int i = 0; i < 400'000; ++i)
        operators += "(endless text endless) Tj ";
    const auto began = clock_.monotonic();
    for (const std::string& hostile : {pdf_of({deep, "<< /Type /Pages /Kids [] /Count 0 >>"}), loop,
                                       huge, page("/X Do"), page(operators + "ET")}) {
        const auto text = extract(hostile, 3s);
        if (text)
            EXPECT_LE(text->size(), 4UL << 20);
        else
            EXPECT_TRUE(text.error().code == Code::bad_request ||
                        text.error().code == Code::payload_too_large)
                << text.error().text();
    }
    EXPECT_LT(clock_.monotonic() - began, 60s);
}

TEST_F(ExtractTest, WhoeverWantsToStopIsHeard) {
    std::stop_source stop;
    stop.request_stop();
    auto stopped = extract_text({.own_program = BW_EXTRACT_PROGRAM}, page("BT ET"), clock_,
                                Deadline::in(clock_, 10s), stop.get_token());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, Code::deadline_exceeded) << "and not the file's fault";
}

} // namespace
} // namespace bw::pipeline
