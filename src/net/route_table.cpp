// RouteTable: a trie of path segments. Static segments beat `{param}`; nothing is decoded, so a
// path is matched as sent.
#include <algorithm>

#include "base/ensure.hpp"
#include "net/http.hpp"
#include "net/text.hpp"

namespace bw::net {

struct RouteTable::Node {
    struct Entry {
        Method method;
        std::size_t route;                    // index: routes_ may still grow
        std::vector<std::string> param_names; // in the order of the path
    };
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> children;
    std::unique_ptr<Node> param;
    std::vector<Entry> entries;

    const Entry* entry(Method method) const {
        auto at = std::ranges::find(entries, method, &Entry::method);
        return at == entries.end() ? nullptr : &*at;
    }

    /// First node, static segments first, where `path` (without its leading '/') ends and something
    /// is served.
    const Node* find(std::string_view path, std::vector<std::string_view>& values) const {
        std::string_view segment = path.substr(0, path.find('/'));
        bool last = segment.size() == path.size();
        std::string_view rest = last ? std::string_view() : path.substr(segment.size() + 1);
        auto descend = [&](const Node& child) -> const Node* {
            if (!last)
                return child.find(rest, values);
            return child.entries.empty() ? nullptr : &child;
        };
        for (const auto& [text, child] : children)
            if (text == segment)
                if (const Node* found = descend(*child))
                    return found;
        if (!param)
            return nullptr;
        values.push_back(segment);
        if (const Node* found = descend(*param))
            return found;
        values.pop_back();
        return nullptr;
    }
};

namespace {

/// Paths that nobody has a reason to send: empty or dot segments, broken escapes, an escaped NUL.
bool is_sane(std::string_view path) {
    if (path.empty() || path[0] != '/')
        return false;
    std::size_t segment = 1;
    for (std::size_t i = 1; i <= path.size(); ++i) {
        if (i == path.size() || path[i] == '/') {
            std::string_view text = path.substr(segment, i - segment);
            if ((text.empty() && path.size() > 1) || text == "." || text == "..")
                return false;
            segment = i + 1;
        } else if (path[i] == '%') {
            if (i + 2 >= path.size() || hex_digit(path[i + 1]) < 0 || hex_digit(path[i + 2]) < 0)
                return false;
            if (path[i + 1] == '0' && path[i + 2] == '0')
                return false;
        }
    }
    return true;
}

bool is_param(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with('}') && segment.size() > 2;
}

} // namespace

void RouteTable::add_schema(std::string_view name, std::string_view json_schema) {
    auto [at, added] = schemas_.emplace(name, json_schema);
    ENSURE(added || at->second == json_schema, "two schemas of one name");
}

void RouteTable::add(Route route) {
    ENSURE(is_sane(route.path) && !route.path.contains('%') && !route.path.contains('?'),
           "a malformed route path");
    ENSURE(route.method != Method::head, "HEAD follows from GET");
    ENSURE(route.handler, "a route without a handler");
    if (!root_)
        root_ = std::make_shared<Node>();
    Node* node = root_.get();
    Node::Entry entry{route.method, routes_.size(), {}};
    std::string_view path = std::string_view(route.path).substr(1);
    for (;;) {
        std::string_view segment = path.substr(0, path.find('/'));
        std::unique_ptr<Node>* next = nullptr;
        if (is_param(segment)) {
            std::string name(segment.substr(1, segment.size() - 2));
            ENSURE(std::ranges::count(entry.param_names, name) == 0,
                   "a path parameter named twice");
            entry.param_names.push_back(std::move(name));
            next = &node->param;
        } else {
            ENSURE(segment.find_first_of("{}") == std::string_view::npos,
                   "a parameter is a whole segment");
            auto at = std::ranges::find(node->children, segment,
                                        [](const auto& c) { return std::string_view(c.first); });
            if (at == node->children.end()) {
                node->children.emplace_back(std::string(segment), nullptr);
                at = std::prev(node->children.end());
            }
            next = &at->second;
        }
        if (!*next)
            *next = std::make_unique<Node>();
        node = next->get();
        if (segment.size() == path.size())
            break;
        path.remove_prefix(segment.size() + 1);
    }
    ENSURE(!node->entry(route.method), "the same path and method twice");
    node->entries.push_back(std::move(entry));
    routes_.push_back(std::move(route));
}

RouteTable::Match RouteTable::match(Method method, std::string_view path) const {
    Match match;
    if (!root_ || !is_sane(path))
        return match;
    std::vector<std::string_view> values;
    const Node* node = root_->find(path.substr(1), values);
    if (!node)
        return match;
    const Node::Entry* entry = node->entry(method == Method::head ? Method::get : method);
    if (entry) {
        match.route = &routes_[entry->route];
        for (std::size_t i = 0; i < values.size(); ++i)
            match.params.emplace_back(entry->param_names[i], values[i]);
        return match;
    }
    for (Method candidate : {Method::get, Method::post, Method::put, Method::patch, Method::del})
        if (node->entry(candidate))
            match.allowed +=
                std::string(to_text(candidate)) + (candidate == Method::get ? ", HEAD, " : ", ");
    match.allowed += "OPTIONS";
    return match;
}

} // namespace bw::net
