// An upload into a ladder: looked at, then made rung by rung by ffmpeg in the sandbox, whose output
// goes straight into pieces.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "files/writer.hpp"
#include "pipeline/sandbox.hpp"
#include "recordings/fragments.hpp"
#include "recordings/jobs.hpp"
#include "recordings/pieces.hpp"

namespace bw::recordings {

namespace {

namespace fs = std::filesystem;
using pipeline::ToolEnd;

struct Step {
    int height, kbit;
};
// As live classes have it (deploy/nginx/render-ingest).
constexpr std::array<Step, 4> ladder = {{{720, 1'600}, {480, 800}, {360, 450}, {240, 220}}};
constexpr const char* sound = "sound";
constexpr std::int64_t longest_ms = 6 * 3'600'000LL;
constexpr std::size_t tool_memory = 1UL << 30;
constexpr Duration probe_limit = 60s, note_every = 2s;

/// The upload's bytes as a file, which goes with this.
class Scratch {
public:
    explicit Scratch(fs::path file) : file_(std::move(file)) {}
    Scratch(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        fs::remove(file_, ignored);
    }
    const fs::path& file() const { return file_; }

    Result<void> fill(const files::Reader& from, std::uint64_t size, Deadline deadline) {
        std::ofstream out(file_, std::ios::binary | std::ios::trunc);
        for (std::uint64_t at = 0; at < size;) {
            const Bytes piece = TRY(from.read(at, 1UL << 20, deadline));
            out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
            if (!out)
                return fail(Code::storage_full, "the video does not fit on the worker's disk");
            at += piece.size();
        }
        out.close();
        std::error_code failed; // the tool's user reads it too; its folder is ours alone
        fs::permissions(file_,
                        fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read |
                            fs::perms::others_read,
                        failed);
        return out && !failed ? Result<void>()
                              : fail(Code::storage_full, "the video does not fit on the worker's "
                                                         "disk");
    }

private:
    const fs::path file_;
};

struct Source {
    int height = 0;
    double seconds = 0;
    bool sounds = false;
};

double number_in(const std::map<std::string, std::string>& of, const char* name) {
    const auto found = of.find(name);
    double out = 0;
    if (found != of.end())
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), out);
    return out;
}

class Transcoding {
public:
    Transcoding(const JobParts& parts, const jobs::Attempt& attempt, RecordingId id)
        : parts_(parts), attempt_(attempt), id_(id),
          writer_(parts.store, attempt, id, parts.bytes_in_piece) {}

    /// nullopt: somebody else needs the machine; what is whole stays.
    Result<std::optional<PieceWriter::Finished>> run(const fs::path& input) {
        source_ = TRY(look_at(input));
        rungs_ = rungs_for(source_);
        for (const Step& step : rungs_) {
            if (parts_.busy())
                return std::nullopt;
            CHECK_OK(make(input, std::to_string(step.height), picture_arguments(step)));
        }
        if (source_.sounds)
            CHECK_OK(make(input, sound, sound_arguments()));
        return std::optional(TRY(writer_.finish(TRY(master()))));
    }

private:
    static std::vector<Step> rungs_for(const Source& source) {
        std::vector<Step> out;
        for (const Step& step : ladder)
            if (step.height <= source.height)
                out.push_back(step);
        if (out.empty())
            out.push_back({std::max(2, source.height / 2 * 2), ladder.back().kbit});
        return out;
    }

    static std::vector<std::string> before() {
        return {"/usr/bin/ffmpeg", "-v", "error", "-nostdin",       "-threads", "1",
                "-filter_threads", "1",  "-i",    "/proc/self/fd/0"};
    }
    /// Each fragment is 2 s at 25 or so pictures a second, as many as the keyframes say.
    static std::vector<std::string> picture_arguments(const Step& step) {
        auto out = before();
        const std::string rate = std::to_string(step.kbit) + "k";
        for (std::string argument :
             {"-map", "0:v:0", "-an", "-sn", "-dn", "-map_metadata", "-1", "-vf"})
            out.push_back(std::move(argument));
        out.push_back(fmt::format("scale=-2:{},format=yuv420p", step.height));
        for (std::string argument :
             {"-r", "25", "-c:v", "libx264", "-threads", "1", "-preset", "veryfast", "-g", "50",
              "-keyint_min", "50", "-sc_threshold", "0", "-b:v", rate.c_str(), "-maxrate",
              rate.c_str(), "-bufsize"})
            out.push_back(std::move(argument));
        out.push_back(std::to_string(step.kbit * 2) + "k");
        for (std::string argument :
             {"-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "pipe:1"})
            out.push_back(std::move(argument));
        return out;
    }
    static std::vector<std::string> sound_arguments() {
        auto out = before();
        for (std::string argument : {"-map",
                                     "0:a:0",
                                     "-vn",
                                     "-sn",
                                     "-dn",
                                     "-map_metadata",
                                     "-1",
                                     "-af",
                                     "aresample=async=1:first_pts=0",
                                     "-c:a",
                                     "aac",
                                     "-b:a",
                                     "64k",
                                     "-ar",
                                     "48000",
                                     "-ac",
                                     "2",
                                     "-f",
                                     "mp4",
                                     "-frag_duration",
                                     "2000000",
                                     "-movflags",
                                     "empty_moov+default_base_moof",
                                     "pipe:1"})
            out.push_back(std::move(argument));
        return out;
    }

    /// Fields of the first such stream; empty: there is none.
    Result<std::map<std::string, std::string>> probe(const fs::path& input, const char* which) {
        const auto run = TRY(pipeline::run_sandboxed_on(
            {.arguments = {"/usr/bin/ffprobe", "-v", "error", "-threads", "1", "-select_streams",
                           which, "-show_entries",
                           "stream=codec_type,width,height:stream_disposition=attached_pic:"
                           "format=duration",
                           "-of", "default=noprint_wrappers=1", "/proc/self/fd/0"},
             .limits = {.time = probe_limit, .memory_bytes = tool_memory},
             .nice = 19},
            input, parts_.clock, attempt_.deadline, attempt_.stop));
        if (run.end == ToolEnd::stopped)
            return fail(Code::unavailable, "the work was interrupted");
        std::map<std::string, std::string> out;
        if (run.end != ToolEnd::well)
            return out;
        std::string_view text = run.output;
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            const std::string_view line = text.substr(0, end);
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            const std::size_t equals = line.find('=');
            if (equals != std::string_view::npos)
                out.emplace(line.substr(0, equals), line.substr(equals + 1));
        }
        return out;
    }

    Result<Source> look_at(const fs::path& input) {
        const auto picture = TRY(probe(input, "v:0"));
        if (picture.empty())
            return no_video("the file cannot be read as a video: it is damaged, not whole, or of "
                            "another kind; export it as MP4 with H.264 and upload it again");
        if (!picture.contains("codec_type") || number_in(picture, "height") < 2 ||
            number_in(picture, "DISPOSITION:attached_pic") == 1)
            return no_video("the file has no moving picture in it; a recording of sound alone "
                            "goes onto the section's page as a file");
        Source out{.height = static_cast<int>(number_in(picture, "height")),
                   .seconds = number_in(picture, "duration")};
        if (out.seconds * 1'000 > static_cast<double>(longest_ms))
            return no_video("the video is longer than six hours; cut it into parts");
        out.sounds = TRY(probe(input, "a:0")).contains("codec_type");
        return out;
    }

    static Error no_video(const char* why) { return fail(Code::invalid_field, why, "upload_id"); }

    void note(double of_rung) {
        const double all = static_cast<double>(rungs_.size()) + (source_.sounds ? 0.3 : 0);
        const auto thousandths =
            static_cast<std::int64_t>(999 * std::min(1.0, (done_ + std::min(of_rung, 1.0)) / all));
        writer_.progress(thousandths);
        const Monotonic now = parts_.clock.monotonic();
        if (now - noted_at_ < note_every)
            return;
        noted_at_ = now;
        const auto wanted = attempt_.database.run(
            attempt_.tenant.scope, attempt_.deadline,
            [&](tenancy::TenantTx& tx) { return note_progress(tx, id_, thousandths); });
        if (wanted && !*wanted)
            unwanted_ = true;
    }

    Result<void> make(const fs::path& input, const std::string& rung,
                      std::vector<std::string> arguments) {
        const auto begun = TRY(writer_.begin_rung(rung));
        if (begun) {
            CHECK_OK(writer_.restart_rung(rung));
            CHECK_OK(make_anew(input, std::move(arguments)));
            CHECK_OK(writer_.end_rung());
        }
        done_ += rung == sound ? 0.3 : 1;
        return {};
    }

    Result<void> make_anew(const fs::path& input, std::vector<std::string> arguments) {
        std::int64_t ms = 0;
        Result<void> written;
        Fragments fragments(
            {.init = [&](ByteView init) { return writer_.init(init); },
             .fragment = [&](ByteView bytes, std::int64_t long_) -> Result<void> {
                 ms += long_;
                 note(source_.seconds > 0 ? static_cast<double>(ms) / 1'000 / source_.seconds : 0);
                 return writer_.segment(bytes, long_, false, false);
             }});
        const auto run = TRY(pipeline::run_sandboxed_on(
            {.arguments = std::move(arguments),
             .limits = {.time = attempt_.deadline.remaining(parts_.clock),
                        .memory_bytes = tool_memory},
             .take =
                 [&](ByteView bytes) {
                     written = fragments.take(bytes);
                     return written && !unwanted_ && ms <= longest_ms;
                 },
             .nice = 19},
            input, parts_.clock, attempt_.deadline, attempt_.stop));
        if (!written)
            return written;
        if (unwanted_)
            return fail(Code::conflict, "nothing more is wanted of this recording");
        if (run.end == ToolEnd::well && ms > 0)
            return fragments.end();
        if (run.end == ToolEnd::stopped && ms <= longest_ms)
            return fail(Code::unavailable, "the work was interrupted");
        if (run.end == ToolEnd::out_of_time)
            return fail(Code::deadline_exceeded, "the video takes longer than six hours to make");
        return no_video("the video is damaged, or goes on for longer than six hours");
    }

    Result<std::string> master() {
        std::string provisional = "#EXTM3U\n";
        for (const Step& step : rungs_)
            provisional += fmt::format("{}/index.m3u8\n", step.height);
        if (source_.sounds)
            provisional += fmt::format("{}/index.m3u8\n", sound);
        const Manifest manifest = TRY(writer_.so_far(provisional));
        std::string out = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n";
        if (source_.sounds)
            out += "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"sound\",DEFAULT=YES,"
                   "AUTOSELECT=YES,URI=\"sound/index.m3u8\"\n";
        for (const Step& step : rungs_) {
            const Rung* rung = manifest.rung(std::to_string(step.height));
            const Picture picture = TRY(picture_of(TRY(writer_.read(rung->inits.front()))));
            out += fmt::format("#EXT-X-STREAM-INF:BANDWIDTH={},RESOLUTION={}x{},CODECS=\"{}{}\"{}\n"
                               "{}/index.m3u8\n",
                               peak_of(*rung) + (source_.sounds ? 72'000 : 0), picture.width,
                               picture.height, picture.codec, source_.sounds ? ",mp4a.40.2" : "",
                               source_.sounds ? ",AUDIO=\"sound\"" : "", step.height);
        }
        return out;
    }

    /// Bits a second of its largest segment.
    static std::int64_t peak_of(const Rung& rung) {
        std::int64_t out = 1;
        for (const Segment& one : rung.segments)
            out = std::max(out, static_cast<std::int64_t>(one.place.bytes) * 8'000 /
                                    std::max<std::int64_t>(one.ms, 500));
        return out;
    }

    const JobParts& parts_;
    const jobs::Attempt& attempt_;
    const RecordingId id_;
    PieceWriter writer_;
    Source source_;
    std::vector<Step> rungs_;
    double done_ = 0; // rungs
    Monotonic noted_at_{};
    bool unwanted_ = false;
};

} // namespace

Result<jobs::Outcome> transcode(const JobParts& parts, const jobs::Attempt& attempt) {
    const RecordingId id = TRY(recording_of(attempt.job));
    std::optional<files::Upload> file;
    std::vector<files::Part> pieces;
    const auto recording =
        TRY(attempt.database.run(attempt.tenant.scope, attempt.deadline,
                                 [&](tenancy::TenantTx& tx) -> Result<std::optional<Recording>> {
                                     auto found = TRY(find(tx, id));
                                     if (found && found->upload) {
                                         file = TRY(files::find(tx, *found->upload));
                                         pieces = TRY(files::parts_of(tx, *found->upload));
                                     }
                                     return found;
                                 }));
    if (!recording || recording->state == State::ready || recording->state == State::failed)
        return jobs::Effect();
    if (!file || file->state != files::State::complete || file->withheld)
        return failed(id, fail(Code::not_found, "the upload is gone"));
    if (parts.busy())
        return jobs::Snooze{1min};
    std::error_code ignored;
    fs::create_directories(parts.scratch, ignored);
    const auto space = fs::space(parts.scratch, ignored);
    if (ignored || space.available < file->size + parts.disk_bytes_kept_free)
        return fail(Code::storage_full, "the video does not fit on the worker's disk");
    Scratch scratch(parts.scratch / id.text());
    CHECK_OK(scratch.fill(files::Reader(parts.store, pieces), file->size, attempt.deadline));
    const auto made = Transcoding(parts, attempt, id).run(scratch.file());
    if (!made) {
        if (made.error().code == Code::conflict)
            return jobs::Effect(); // removed meanwhile
        if (made.error().code == Code::invalid_field)
            return failed(id, made.error());
        return made.error();
    }
    if (!*made)
        return jobs::Snooze{1min};
    return finished(parts, id, (*made)->manifest, (*made)->sha256, (*made)->totals);
}

} // namespace bw::recordings
