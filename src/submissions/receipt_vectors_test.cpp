// tests/vectors/receipts.json: what is said of each receipt there, good and bad, by the same steps
// as `bellwether receipt verify`. The page at /verify is held to the same file (tests/browser).
#include <gtest/gtest.h>
#include <simdjson.h>

#include "submissions/receipt.hpp"

namespace bw::submissions {
namespace {

std::string json_of(simdjson::dom::element element) {
    return simdjson::minify(element);
}

/// The first part that does not hold; empty if all do.
std::string first_failure(simdjson::dom::element part) {
    auto keys = read_receipt_key_set(json_of(part["keys"]));
    if (!keys)
        return "keys";
    auto receipt = receipt_from_json(json_of(part["receipt"]));
    if (!receipt)
        return "receipt";
    auto statement = verify(*receipt, *keys);
    if (!statement)
        return statement.error().field;
    if (std::string_view content; part["content"].get(content) == simdjson::SUCCESS)
        if (!verify_content(*statement, from_base64url(content).value()))
            return "content";
    simdjson::dom::element given;
    if (part["proof"].get(given) != simdjson::SUCCESS)
        return "";
    auto proof = consistency_from_json(json_of(given));
    if (!proof || !verify(*proof, receipt->head, *keys))
        return "proof";
    if (part["head"].get(given) != simdjson::SUCCESS)
        return "";
    auto head = head_from_json(json_of(given));
    return head && head->head == proof->head.head ? "" : "head";
}

TEST(ReceiptVectors, EachIsJudgedAsItSays) {
    simdjson::dom::parser parser;
    simdjson::dom::array cases;
    ASSERT_EQ(parser.load(BW_RECEIPT_VECTORS)["cases"].get(cases), simdjson::SUCCESS);
    EXPECT_GT(cases.size(), 50U);
    for (simdjson::dom::element one : cases) {
        std::string_view name, fails;
        ASSERT_EQ(one["name"].get(name), simdjson::SUCCESS);
        if (one["fails"].get(fails) != simdjson::SUCCESS)
            fails = "";
        EXPECT_EQ(first_failure(one), fails) << name;
    }
}

} // namespace
} // namespace bw::submissions
