#include <map>
#include <set>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/sha256_stream.hpp"
#include "roster/zip.hpp"
#include "submissions/assignment_export.hpp"
#include "submissions/export_files.hpp"
#include "submissions/receipt.hpp"

namespace bw::submissions {

namespace {

constexpr std::size_t faults_shown = 100, line_bytes_limit = 2 * 1024 * 1024;

std::string_view string_in(simdjson::dom::element in, std::string_view name) {
    std::string_view out;
    return in[name].get(out) == simdjson::SUCCESS ? out : std::string_view();
}

/// The lines of one file of the zip; its hash is known at the end.
class Lines {
public:
    explicit Lines(roster::ZipStream stream) : stream_(std::move(stream)), block_(64 * 1024) {}
    /// nullopt at the end.
    Result<std::optional<std::string>> next() {
        for (;;) {
            if (const std::size_t end = rest_.find('\n', at_); end != std::string::npos) {
                std::string line = rest_.substr(at_, end - at_);
                at_ = end + 1;
                return std::optional(std::move(line));
            }
            rest_.erase(0, std::exchange(at_, 0));
            if (rest_.size() > line_bytes_limit)
                return fail(Code::bad_request, "a line is too long");
            const std::size_t got = TRY(stream_.read(block_));
            if (got == 0)
                return rest_.empty() ? std::optional<std::string>()
                                     : std::optional(std::exchange(rest_, {}));
            hash_.update({block_.data(), got});
            rest_.append(block_.data(), got);
        }
    }
    Sha256 hash() { return hash_.finish(); }

private:
    roster::ZipStream stream_;
    std::vector<char> block_;
    std::string rest_;
    std::size_t at_ = 0;
    Sha256Stream hash_;
};

class Auditor {
public:
    Auditor(const roster::ZipArchive& zip, const std::vector<ReceiptKey>& trusted,
            const std::vector<SignedHead>& witnessed)
        : zip_(zip), keys_(trusted), witnessed_(witnessed) {}

    Result<ExportFindings> run() {
        for (const std::string_view name : {keys_file, assignment_file, submissions_file,
                                            proofs_file, manifest_file, signature_file})
            if (!zip_.has(name))
                return fail(Code::bad_request, "this is no export: a file is missing",
                            std::string(name));
        const std::string keys = TRY(whole(keys_file));
        if (keys_.empty())
            keys_ = TRY(read_receipt_key_set(keys));
        CHECK_OK(read_manifest());
        hold_against_manifest(keys_file, sha256(keys));
        hold_against_manifest(assignment_file, sha256(TRY(whole(assignment_file))));
        if (zip_.has(readme_file))
            hold_against_manifest(readme_file, sha256(TRY(whole(readme_file))));
        CHECK_OK(read_submissions());
        CHECK_OK(read_proofs());
        look_at_heads();
        return std::move(out_);
    }

private:
    void fault(std::string what) {
        ++out_.fault_count;
        if (out_.faults.size() < faults_shown)
            out_.faults.push_back(std::move(what));
    }
    Result<std::string> whole(std::string_view name) {
        auto stream = TRY(zip_.stream(name));
        std::string out;
        std::vector<char> block(64 * 1024);
        for (;;) {
            const std::size_t got = TRY(stream.read(block));
            if (got == 0)
                return out;
            out.append(block.data(), got);
            if (out.size() > 64 * 1024 * 1024)
                return fail(Code::payload_too_large, "too large to be what it says",
                            std::string(name));
        }
    }
    Result<void> read_manifest() {
        const std::string text = TRY(whole(manifest_file));
        const std::string signature_text = TRY(whole(signature_file));
        simdjson::dom::parser parser;
        simdjson::dom::element json;
        if (parser.parse(signature_text).get(json) != simdjson::SUCCESS)
            return fail(Code::bad_request, "cannot be read", std::string(signature_file));
        const std::string kid(string_in(json, "kid"));
        const auto signature =
            to_array<64>(from_base64url(string_in(json, "signature")).value_or(""));
        auto key =
            std::ranges::find_if(keys_, [&](const ReceiptKey& k) { return kid_of(k.key) == kid; });
        if (key == keys_.end() || !signature ||
            !verify_ed25519(key->key, manifest_bytes(text), *signature))
            fault("the manifest's signature does not verify under a known key");
        simdjson::dom::object files;
        if (parser.parse(text).get(json) != simdjson::SUCCESS ||
            json["files"].get(files) != simdjson::SUCCESS ||
            json["submissions"].get(listed_) != simdjson::SUCCESS)
            return fail(Code::bad_request, "cannot be read", std::string(manifest_file));
        assignment_ = string_in(json, "assignment_id");
        for (const auto [name, hash] : files)
            if (std::string_view hex; hash.get(hex) == simdjson::SUCCESS)
                manifest_[std::string(name)] = std::string(hex);
        return {};
    }
    void hold_against_manifest(std::string_view name, const Sha256& hash) {
        auto known = manifest_.find(std::string(name));
        if (known == manifest_.end() || known->second != to_hex(view(hash)))
            fault(fmt::format("{} is not what the manifest says", name));
    }
    Result<void> read_submissions() {
        Lines lines(TRY(zip_.stream(submissions_file)));
        while (auto line = TRY(lines.next())) {
            ++out_.submissions;
            if (auto held = look_at(*line); !held)
                fault(fmt::format("submission {} of the file{}: {}", out_.submissions,
                                  id_.empty() ? "" : ", " + id_, held.error().text()));
        }
        hold_against_manifest(submissions_file, lines.hash());
        if (out_.submissions != listed_)
            fault(fmt::format("there are {} submissions, the manifest says {}", out_.submissions,
                              listed_));
        return {};
    }
    Result<void> look_at(const std::string& line) {
        id_.clear();
        auto no = [](std::string why) { return fail(Code::corrupt, std::move(why)); };
        simdjson::dom::parser parser;
        simdjson::dom::element json, receipt_json;
        bool late = false;
        if (parser.parse(line).get(json) != simdjson::SUCCESS ||
            json["receipt"].get(receipt_json) != simdjson::SUCCESS ||
            json["late"].get(late) != simdjson::SUCCESS)
            return no("the line cannot be read");
        id_ = string_in(json, "submission_id");
        if (!seen_.insert(sha256(id_)).second)
            return no("it stands there twice");
        const std::string_view state = string_in(json, "state");
        if (state != "recorded" && state != "refused")
            return no("its state is neither recorded nor refused");
        ++(state == "recorded" ? out_.recorded : out_.refused);
        out_.late += late;
        const Receipt receipt = TRY(receipt_from_json(std::string(simdjson::minify(receipt_json))));
        const Statement statement = TRY(verify(receipt, keys_));
        if (statement.submission_id().text() != id_)
            return no("its receipt is about another submission");
        if (statement.assignment.text() != assignment_)
            return no("its receipt is about another assignment");
        if (to_rfc3339(statement.received_at) != string_in(json, "received_at"))
            return no("its receipt says that it was received at " +
                      to_rfc3339(statement.received_at));
        if (to_hex(view(statement.content_sha256)) != string_in(json, "content_sha256"))
            return no("its receipt is about another content");
        if (std::string_view content; json["content"].get(content) == simdjson::SUCCESS) {
            const auto bytes = from_base64url(content);
            if (!bytes || sha256(*bytes) != statement.content_sha256)
                return no("its content is not what was handed in");
            ++out_.contents;
        }
        auto [known, is_new] =
            heads_.try_emplace({receipt.head.epoch, receipt.head.size}, receipt.head);
        if (!is_new && known->second.root != receipt.head.root)
            return no("its head has another root than another receipt's of the same size: the "
                      "journal was forked");
        return {};
    }
    Result<void> read_proofs() {
        Lines lines(TRY(zip_.stream(proofs_file)));
        while (auto line = TRY(lines.next())) {
            auto proof = consistency_from_json(*line);
            if (!proof) {
                fault("a proof cannot be read: " + proof.error().text());
                continue;
            }
            const journal::Head& latest = proof->head.head;
            auto [known, is_new] = latest_.try_emplace(latest.epoch, proof->head);
            if (!is_new && !(known->second.head == latest))
                fault("proofs of one journal lead to different heads");
            auto from = heads_.find({latest.epoch, proof->from_size});
            if (from == heads_.end()) {
                fault(fmt::format("a proof begins at {} groups, where no receipt's head is",
                                  proof->from_size));
                continue;
            }
            if (auto held = verify(*proof, from->second, keys_); !held)
                fault(fmt::format("the head of {} groups: {}", proof->from_size,
                                  held.error().text()));
            else if (proven_.insert(from->first).second)
                ++out_.proven;
        }
        hold_against_manifest(proofs_file, lines.hash());
        return {};
    }
    void look_at_heads() {
        out_.heads = heads_.size();
        for (const auto& [epoch, head] : latest_)
            out_.latest.push_back(head);
        for (const SignedHead& witnessed : witnessed_) {
            if (auto held = verify(witnessed, keys_); !held)
                fault("the witnessed head does not verify: " + held.error().text());
            const auto latest = latest_.find(witnessed.head.epoch);
            const auto at = heads_.find({witnessed.head.epoch, witnessed.head.size});
            const journal::Head* same =
                latest != latest_.end() && latest->second.head.size == witnessed.head.size
                    ? &latest->second.head
                : at != heads_.end() ? &at->second
                                     : nullptr;
            if (!same)
                fault(fmt::format("the file has no head of {} groups to hold the witnessed one "
                                  "against: ask for an export that was made when it was the latest",
                                  witnessed.head.size));
            else if (same->root != witnessed.head.root)
                fault(fmt::format("the witnessed head of {} groups has another root: the journal "
                                  "was rewritten",
                                  witnessed.head.size));
        }
    }

    const roster::ZipArchive& zip_;
    std::vector<ReceiptKey> keys_;
    const std::vector<SignedHead>& witnessed_;
    ExportFindings out_;
    std::map<std::string, std::string> manifest_;
    std::string assignment_, id_;
    std::uint64_t listed_ = 0;
    std::set<Sha256> seen_;
    using HeadPlace = std::pair<std::uint64_t, std::uint64_t>; // epoch and size
    std::map<HeadPlace, journal::Head> heads_;
    std::set<HeadPlace> proven_;
    std::map<std::uint64_t, SignedHead> latest_; // by epoch
};

} // namespace

Result<ExportFindings> verify_export(const std::filesystem::path& file,
                                     const std::vector<ReceiptKey>& trusted,
                                     const std::vector<SignedHead>& witnessed) {
    const roster::ZipArchive zip = TRY(roster::ZipArchive::open(file));
    return Auditor(zip, trusted, witnessed).run();
}

} // namespace bw::submissions
