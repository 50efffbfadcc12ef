#include "submissions/key_store.hpp"

#include "base/line_file.hpp"

namespace bw::submissions {

namespace {

/// "usr_.. KEY"
std::optional<UserId> user_in(std::string_view line) {
    return UserId::parse(line.substr(0, line.find(' ')));
}

} // namespace

Result<bool> KeyStore::has_any() const {
    std::error_code error;
    if (!std::filesystem::exists(directory_, error) && !error)
        return false;
    bool any = false;
    for (std::filesystem::directory_iterator it(directory_, error), end; !error && it != end;
         it.increment(error))
        any = any || (TenantId::parse(it->path().filename().string()) &&
                      !TRY(LineFile(it->path()).lines()).empty());
    if (error)
        return fail(Code::unavailable, "cannot list: " + error.message(), directory_.string());
    return any;
}

Result<KeyStore::Wrapped> KeyStore::of(TenantId tenant, const std::set<UserId>& users) const {
    const LineFile file(file_of(tenant));
    Wrapped out;
    std::uint64_t number = 0;
    for (const std::string& line : TRY(file.lines())) {
        ++number;
        const auto user = user_in(line);
        const std::size_t space = line.find(' ');
        auto key = space == std::string::npos
                       ? std::nullopt
                       : from_base64url(std::string_view(line).substr(space + 1));
        if (!user || !key)
            return fail(Code::corrupt, "this line is no person's key",
                        file.path().string() + ":" + std::to_string(number));
        if (users.contains(*user))
            out.emplace(*user, *std::move(key));
    }
    return out;
}

Result<void> KeyStore::add(TenantId tenant, const Wrapped& keys) const {
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    if (error)
        return fail(Code::unavailable, "cannot make it: " + error.message(), directory_.string());
    std::vector<std::string> lines;
    for (const auto& [user, wrapped] : keys)
        lines.push_back(user.text() + " " + to_base64url(wrapped));
    CHECK_OK(LineFile(file_of(tenant)).add(lines));
    return sync_directory(directory_.parent_path()); // whoever made it may have failed to
}

Result<void> KeyStore::sync(TenantId tenant) const {
    std::error_code error;
    if (!std::filesystem::exists(directory_, error) && !error)
        return {};
    CHECK_OK(LineFile(file_of(tenant)).sync());
    return sync_directory(directory_.parent_path());
}

Result<std::size_t> KeyStore::drop(TenantId tenant, const std::set<UserId>& users) const {
    std::error_code error;
    if (users.empty() || !std::filesystem::exists(file_of(tenant), error))
        return std::size_t{0};
    return LineFile(file_of(tenant)).remove([&](std::string_view line) {
        const auto user = user_in(line);
        return user && users.contains(*user);
    });
}

} // namespace bw::submissions
