#include "files/tus_headers.hpp"

#include <gtest/gtest.h>

namespace bw::files {
namespace {

const std::string path = "/v1/uploads";
const std::string one = "upl_0192f3c47d3b7a1e8f5096a2b4c8d0e1",
                  two = "upl_0192f3c47d3b7a1e8f5096a2b4c8d0e2";

TEST(UploadMetadata, IsReadStrictly) {
    const Metadata plain{"", "application/octet-stream", {}};
    const struct {
        std::string header;
        std::optional<Metadata> outcome; // nullopt: bad_request
    } table[] = {
        {"", plain},
        {"filename YS5wZGY=,filetype YXBwbGljYXRpb24vcGRm",
         Metadata{"a.pdf", "application/pdf", {}}},
        {"filename YS5wZGY=, filetype YXBwbGljYXRpb24vcGRm",
         Metadata{"a.pdf", "application/pdf", {}}},
        {"name YS5wZGY=,type YXBwbGljYXRpb24vcGRm", Metadata{"a.pdf", "application/pdf", {}}},
        {"filename YS5wZGY=,name Yi5wZGY=", Metadata{"a.pdf", plain.media_type, {}}},
        {"is_confidential", plain},
        {"whatever AAAA", plain},
        {"filename w6TDtsO8", Metadata{"\xc3\xa4\xc3\xb6\xc3\xbc", plain.media_type, {}}},
        {"filetype dGV4dC9wbGFpbjtjaGFyc2V0PXV0Zi04", Metadata{"", "text/plain", {}}},
        {"filetype ", plain},
        {",", {}},
        {" ", {}},
        {"filename YS5wZGY=,", Metadata{"a.pdf", plain.media_type, {}}},
        {"filename YS5wZGY=,filename YS5wZGY=", {}},
        {"filename YS5wZGY", {}},          // without its padding
        {"filename YS5wZGZ=", {}},         // stray bits
        {"filename YS5w ZGY=", {}},        // a blank within
        {"filename YS5wZ_Y=", {}},         // another alphabet
        {"filename Li4vYQ==", {}},         // "../a"
        {"filename YVxi", {}},             // "a\b"
        {"filename YQBi", {}},             // "a\0b"
        {"filename YQpi", {}},             // "a\nb"
        {"filename /w==", {}},             // not UTF-8
        {"filetype bm90YXR5cGU=", {}},     // "notatype"
        {"filetype YS88c2NyaXB0Pg==", {}}, // "a/<script>"
        {"sha256 YWI=", {}},               // too short
        {"k\xc3\xa4y AAAA", {}},
        {std::string(4097, 'a'), {}},
    };
    for (const auto& t : table) {
        auto parsed = parse_metadata(t.header);
        if (t.outcome) {
            ASSERT_TRUE(parsed) << t.header << ": " << parsed.error().text();
            EXPECT_EQ(*parsed, *t.outcome) << t.header;
        } else {
            ASSERT_FALSE(parsed) << t.header;
            EXPECT_EQ(parsed.error().code, Code::bad_request);
            EXPECT_EQ(parsed.error().field, "Upload-Metadata");
        }
    }
    // "ba7816bf..": the hash of "abc".
    auto hash = parse_metadata("sha256 YmE3ODE2YmY4ZjAxY2ZlYTQxNDE0MGRlNWRhZTIyMjNiMDAzNjFhMzk2MTc3"
                               "YTljYjQxMGZmNjFmMjAwMTVhZA==");
    ASSERT_TRUE(hash);
    EXPECT_EQ(*hash->sha256, sha256("abc"));
}

TEST(UploadConcat, NamesUploadsAsTheyWereAnswered) {
    const UploadId a = *UploadId::parse(one), b = *UploadId::parse(two);
    EXPECT_EQ(*parse_concat("partial", path), (Concat{Kind::partial, {}}));
    EXPECT_EQ(*parse_concat("final;/v1/uploads/" + one, path), (Concat{Kind::joined, {a}}));
    EXPECT_EQ(
        *parse_concat("final;/v1/uploads/" + one + " https://s.example/v1/uploads/" + two, path),
        (Concat{Kind::joined, {a, b}}));
    std::string many = "final;";
    for (int i = 0; i < 101; ++i)
        many += "/v1/uploads/" + one + " ";
    for (const std::string& bad :
         {std::string(), std::string("Partial"), std::string("final"), std::string("final;"),
          std::string("final; "), "final;" + one, std::string("final;/v1/uploads/"),
          "final;/v1/uploads/" + one + "/x", "final;/v1/uploads/" + one + "," + two, many})
        EXPECT_FALSE(parse_concat(bad, path)) << bad;
}

TEST(UploadChecksum, IsOneOfOurs) {
    auto good = parse_checksum("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00="); // of "hello"
    ASSERT_TRUE(good);
    good->digest.update("hel");
    good->digest.update("lo");
    EXPECT_EQ(good->digest.finish(), good->expected);
    EXPECT_TRUE(parse_checksum("md5 XUFAKrxLKna5cZ2REBfFkg=="));
    EXPECT_TRUE(parse_checksum("sha256 LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="));
    for (const char* bad :
         {"", "sha1", "sha1 ", "sha1 AAAA", "crc32 AAAA",
          "SHA1 qvTGHdzF6KLavt4PO0gs2a6pQ00=", "sha1  qvTGHdzF6KLavt4PO0gs2a6pQ00="})
        EXPECT_FALSE(parse_checksum(bad)) << bad;
}

TEST(UploadSize, IsDigitsThatEveryClientCanCount) {
    EXPECT_EQ(*parse_size("Upload-Length", "0"), 0U);
    EXPECT_EQ(*parse_size("Upload-Length", "9007199254740992"), 9007199254740992U);
    for (const char* bad : {"", " 1", "-1", "+1", "1.0", "1e3", "0x1", "9007199254740993",
                            "99999999999999999999999999", "1,2"})
        EXPECT_FALSE(parse_size("Upload-Length", bad)) << bad;
}

} // namespace
} // namespace bw::files
