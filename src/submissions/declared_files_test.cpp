// Declarations of files: what is read, and where a fault lies.
#include "submissions/declared_files.hpp"

#include <gtest/gtest.h>

namespace bw::submissions {
namespace {

const std::string hash(64, 'a');

std::string one(const std::string& name, const std::string& rest) {
    return R"([{"name":")" + name + R"(","size":5,"sha256":")" + hash + "\"" + rest + "}]";
}

TEST(DeclaredFiles, AreReadAndWrittenTheSame) {
    const auto files = read_declared_files(
        R"([{"sha256":")" + hash +
            R"(","size":81234,"name":"Essay, ü.pdf","media_type":"application/pdf"},)" +
            R"({"name":"b","size":1,"sha256":")" + hash + R"("}])",
        "/files");
    ASSERT_TRUE(files) << files.error().text();
    ASSERT_EQ(files->size(), 2U);
    EXPECT_EQ(files->at(0).name, "Essay, ü.pdf");
    EXPECT_EQ(files->at(0).size, 81'234U);
    EXPECT_EQ(files->at(1).media_type, "application/octet-stream");
    EXPECT_EQ(read_declared_files(declaration_of(*files), "/files").value(), *files);
    EXPECT_EQ(declaration_of(*files),
              R"([{"name":"Essay, ü.pdf","size":81234,"media_type":"application/pdf","sha256":")" +
                  hash +
                  R"("},{"name":"b","size":1,"media_type":"application/octet-stream","sha256":")" +
                  hash + R"("}])");
}

TEST(DeclaredFiles, AreRefusedPlaceByPlace) {
    const std::pair<std::string, const char*> wrong[] = {
        {"{}", "/files"},
        {"[]", "/files"},
        {"nonsense", "/files"},
        {"[1]", "/files/0"},
        {R"([{"size":5,"sha256":")" + hash + "\"}]", "/files/0/name"},
        {one("", ""), "/files/0/name"},
        {one("a/b", ""), "/files/0/name"},
        {one(R"(a\\b)", ""), "/files/0/name"},
        {one("..", ""), "/files/0/name"},
        {one(R"(a\u0000b)", ""), "/files/0/name"},
        {one(R"(a\u007fb)", ""), "/files/0/name"},
        {one(std::string(256, 'x'), ""), "/files/0/name"},
        {one("a", R"(,"more":1)"), "/files/0/more"},
        {one("a", R"(,"size":6)"), "/files/0/size"},
        {one("a", R"(,"media_type":"pdf")"), "/files/0/media_type"},
        {one("a", R"(,"media_type":"/pdf")"), "/files/0/media_type"},
        {one("a", R"(,"media_type":"text/")"), "/files/0/media_type"},
        {one("a", R"(,"media_type":"a/b/c")"), "/files/0/media_type"},
        {one("a", R"(,"media_type":"text/plain; charset=utf-8")"), "/files/0/media_type"},
        {one("a", R"(,"media_type":7)"), "/files/0/media_type"},
        {R"([{"name":"a","size":0,"sha256":")" + hash + "\"}]", "/files/0/size"},
        {R"([{"name":"a","size":-1,"sha256":")" + hash + "\"}]", "/files/0/size"},
        {R"([{"name":"a","size":1.5,"sha256":")" + hash + "\"}]", "/files/0/size"},
        {R"([{"name":"a","size":2147483649,"sha256":")" + hash + "\"}]", "/files/0/size"},
        {R"([{"name":"a","size":5}])", "/files/0/sha256"},
        {R"([{"name":"a","size":5,"sha256":")" + std::string(64, 'A') + "\"}]", "/files/0/sha256"},
        {R"([{"name":"a","size":5,"sha256":")" + std::string(63, 'a') + "\"}]", "/files/0/sha256"},
        {R"([{"name":"a","size":5,"sha256":")" + hash + R"("},{"name":"a","size":6,"sha256":")" +
             hash + "\"}]",
         "/files/1/name"},
    };
    for (const auto& [json, place] : wrong) {
        const auto files = read_declared_files(json, "/files");
        ASSERT_FALSE(files) << json;
        EXPECT_EQ(files.error().code, Code::invalid_field) << json;
        EXPECT_EQ(files.error().field, place) << json << files.error().detail;
    }
    std::string many;
    for (std::size_t i = 0; i <= declared_files_limit; ++i)
        many += (i ? "," : "[") +
                (R"({"name":")" + std::to_string(i) + R"(","size":1,"sha256":")" + hash + "\"}");
    EXPECT_EQ(read_declared_files(many + "]", "/files").error().field, "/files");
}

} // namespace
} // namespace bw::submissions
