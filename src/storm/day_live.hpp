// Live classes in a school day: lessons are made live as an administrator would; who comes to a
// bell looks which of their classes begin then, and joins them. Pictures are another storm's
// (live.hpp).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/client.hpp"

namespace bw::storm {

/// The caller's classes that begin at the bell.
net::ClientRequest classes_request(const std::string& host, Instant bell,
                                   const std::string& access_token);
/// Their ids. corrupt.
Result<std::vector<std::string>> read_classes(std::string_view body);

net::ClientRequest join_request(const std::string& host, const std::string& live_class,
                                const std::string& access_token);
/// What is wrong with the answer to it; empty: whoever got it can be in the class.
std::string join_fault(std::string_view body, const std::string& live_class);

/// The ids of a page of lessons, and where the next begins (empty: nowhere). corrupt.
struct LessonsPage {
    std::vector<std::string> ids;
    std::string next;
};
Result<LessonsPage> read_lessons(std::string_view body);
constexpr std::string_view live_lesson_body = R"({"students_may": ["data"]})";

} // namespace bw::storm
