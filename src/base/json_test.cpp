// What is written can be read by a parser that is not ours; what is read is read strictly.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/json_object.hpp"

namespace bw {
namespace {

using namespace std::string_literals;

TEST(JsonWriter, RoundTripThroughSimdjson) {
    std::string every;
    for (int c = 0; c < 128; ++c)
        every += static_cast<char>(c);
    every += "\u00e9\u20ac\U0001f514";
    JsonWriter json;
    json.object()
        .member("text", every)
        .member("count", std::int64_t{-9007199254740993})
        .member("big", std::uint64_t{18446744073709551615U})
        .member("yes", true)
        .member("share", 0.1)
        .key("none")
        .null();
    json.key("list")
        .array()
        .value(1)
        .value("two")
        .object()
        .end()
        .array()
        .end()
        .raw("{\"x\":3}")
        .end();
    json.member(every, "key").end();

    simdjson::dom::parser parser;
    simdjson::dom::element read;
    ASSERT_EQ(parser.parse(simdjson::padded_string(json.text())).get(read), simdjson::SUCCESS)
        << json.text();
    EXPECT_EQ(std::string_view(read["text"]), every);
    EXPECT_EQ(std::int64_t(read["count"]), -9007199254740993);
    EXPECT_EQ(std::uint64_t(read["big"]), 18446744073709551615U);
    EXPECT_TRUE(bool(read["yes"]));
    EXPECT_EQ(double(read["share"]), 0.1);
    EXPECT_TRUE(read["none"].is_null());
    EXPECT_EQ(simdjson::dom::array(read["list"]).size(), 5U);
    EXPECT_EQ(std::int64_t(read["list"].at(4)["x"]), 3);
    EXPECT_EQ(std::string_view(read[every]), "key");
}

TEST(JsonWriter, NumbersThatJsonDoesNotHaveAreNull) {
    for (double n : {std::numeric_limits<double>::infinity(),
                     -std::numeric_limits<double>::infinity(), std::nan("")}) {
        JsonWriter json;
        json.array().value(n).end();
        EXPECT_EQ(json.text(), "[null]");
    }
}

struct ReadCase {
    const char* what;
    std::string text;
    std::optional<Code> code = {}; // nullopt: parses
    std::string field = {};
};

TEST(JsonObject, Parsing) {
    const ReadCase cases[] = {
        {"both members", R"({"name":"a","extra":"b"})"},
        {"none", "{}"},
        {"white space", " {\r\n\t\"name\" : \"a\" } \n"},
        {"an unknown member", R"({"nane":"a"})", Code::invalid_field, "/nane"},
        {"an unknown member that needs escapes in a pointer", R"({"a/b~c":"a"})",
         Code::invalid_field, "/a~1b~0c"},
        {"a member twice", R"({"name":"a","name":"a"})", Code::invalid_field, "/name"},
        {"a member twice, once escaped", R"({"name":"a","n\u0061me":"a"})", Code::invalid_field,
         "/name"},
        {"an array", "[]", Code::bad_request},
        {"a string", "\"name\"", Code::bad_request},
        {"null", "null", Code::bad_request},
        {"nothing", "", Code::bad_request},
        {"white space alone", " \n", Code::bad_request},
        {"trailing garbage", R"({"name":"a"}x)", Code::bad_request},
        {"two documents", "{}{}", Code::bad_request},
        {"a NUL behind it", "{}\0"s, Code::bad_request},
        {"cut short", R"({"name":"a")", Code::bad_request},
        {"a trailing comma", R"({"name":"a",})", Code::bad_request},
        {"single quotes", "{'name':'a'}", Code::bad_request},
        {"a comment", "{/**/}", Code::bad_request},
        {"bytes that are not UTF-8", "{\"name\":\"\xc3(\"}", Code::bad_request},
        {"half a surrogate pair", R"({"name":"\ud800"})", Code::bad_request},
        {"a raw control character", "{\"name\":\"\x01\"}", Code::bad_request},
        {"a byte order mark", "\xef\xbb\xbf{}", Code::bad_request},
        {"a hundred thousand brackets", "{\"name\":" + std::string(100'000, '['),
         Code::bad_request},
    };
    for (const ReadCase& c : cases) {
        auto object = JsonObject::parse(c.text, {"name", "extra"});
        EXPECT_EQ(object.has_value(), !c.code) << c.what;
        if (!object && c.code) {
            EXPECT_EQ(object.error().code, *c.code) << c.what;
            EXPECT_EQ(object.error().field, c.field) << c.what;
        }
    }
}

TEST(JsonObject, Members) {
    auto object = JsonObject::parse(
        R"({"name":"\u00e9\u00e9","empty":"","number":1,"none":null,"list":["a"]})",
        {"name", "empty", "number", "none", "list", "absent"});
    ASSERT_TRUE(object);
    EXPECT_EQ(*object->string("name", 4), "\u00e9\u00e9"); // the limit counts bytes
    EXPECT_EQ(*object->text("empty", 4), "");
    EXPECT_TRUE(object->has("number"));
    EXPECT_FALSE(object->has("absent"));
    struct Case {
        const char* name;
        std::size_t limit;
        const char* says;
    };
    for (const auto& [name, limit, says] :
         {Case{"name", 3, "longer than 3 bytes"}, Case{"empty", 4, "empty"},
          Case{"number", 4, "a string"}, Case{"none", 4, "a string"}, Case{"list", 4, "a string"},
          Case{"absent", 4, "missing"}}) {
        auto read = object->string(name, limit);
        ASSERT_FALSE(read) << name;
        EXPECT_EQ(read.error().code, Code::invalid_field) << name;
        EXPECT_EQ(read.error().field, "/" + std::string(name));
        EXPECT_NE(read.error().detail.find(says), std::string::npos) << read.error().text();
    }
}

TEST(JsonObject, ALongForeignNameIsCutBetweenCharacters) {
    std::string name = std::string(63, 'a') + "\u00e9";
    auto object = JsonObject::parse("{\"" + name + "\":1}", {});
    ASSERT_FALSE(object);
    EXPECT_TRUE(is_utf8(object.error().field)) << "the answer quotes half a character";
}

TEST(JsonObject, ReadsWholeNumbersStructuresAndNull) {
    auto body = JsonObject::parse(
        R"({"n": 7, "big": 9223372036854775808, "f": 1.5, "s": "7", "o": {"a": [1, 2]}, "l": [], "z": null, "b": true})",
        {"n", "big", "f", "s", "o", "l", "z", "b", "absent"});
    ASSERT_TRUE(body) << body.error().text();
    EXPECT_EQ(*body->integer("n", 0, 7), 7);
    EXPECT_EQ(*body->structure("o", 100), R"({"a":[1,2]})");
    EXPECT_EQ(*body->structure("l", 2), "[]");
    EXPECT_TRUE(body->is_null("z"));
    EXPECT_FALSE(body->is_null("n"));
    EXPECT_FALSE(body->is_null("absent"));
    for (const char* name : {"big", "f", "s", "o", "z", "b", "absent"})
        EXPECT_EQ(body->integer(name, INT64_MIN, INT64_MAX).error().field, std::string("/") + name);
    EXPECT_FALSE(body->integer("n", 0, 6));
    EXPECT_FALSE(body->integer("n", 8, 9));
    for (const char* name : {"n", "s", "z", "b", "absent"})
        EXPECT_EQ(body->structure(name, 100).error().field, std::string("/") + name);
    EXPECT_FALSE(body->structure("o", 10)) << "longer than that";
}

} // namespace
} // namespace bw
