// SPDX-License-Identifier: Apache-2.0
// Options that would do nothing, options that swallow what follows them, and mistyped words.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "program.h"
#include "support/tiny_bundle.h"
#include "support/tiny_whisper_bundle.h"
#include "wav.h"

namespace seben {
namespace {

using test::run;
using Table = std::vector<std::pair<std::string, std::string>>;  // options, and what the line must say

class Options : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<test::TempDir>();
    ctc_ = test::make_tiny_bundle(*dir_);
    whisper_ = test::make_whisper_bundle(*dir_, "whisper", false);
    recording_ = *dir_ / "speech.wav";
    test::write_file(recording_, test::wav(test::bursts(1.0)));
  }
  static void TearDownTestSuite() { dir_.reset(); }
  static std::string transcribe(const std::string& bundle, const std::string& flags) {
    return "transcribe -t 1 -b '" + bundle + "' " + flags + " '" + recording_ + "'";
  }
  static void expect_refused(const std::string& command, const std::string& says) {
    const auto r = run(command);
    EXPECT_EQ(r.exit_code, 64) << command << r.err;
    EXPECT_TRUE(r.error_is_one_line()) << r.err;
    EXPECT_NE(r.err.find(says), std::string::npos) << command << r.err;
    EXPECT_EQ(r.out, "");
  }

  static std::unique_ptr<test::TempDir> dir_;
  static std::string ctc_, whisper_, recording_;
};
std::unique_ptr<test::TempDir> Options::dir_;
std::string Options::ctc_, Options::whisper_, Options::recording_;

TEST_F(Options, OfWhisperAreRefusedWhereTheHeadWrites) {
  for (const std::string flags :
       {"--language en", "--beam-size 5", "--word-timestamps", "--vad nothere.bin", "--no-timestamps",
        "--temperature 0", "--no-speech-threshold none", "--allow-loops", "--invention-threshold 0.5"}) {
    expect_refused(transcribe(ctc_, flags), flags.substr(0, flags.find(' ')) +
                                                ": expected Whisper's text decoder to write (--decoder whisper or "
                                                "both), found a bundle without one");
  }
}

TEST_F(Options, OfTheHeadAreRefusedWhereWhisperWrites) {
  for (const std::string flags : {"--search beam", "--beam-width 4", "--lm x.arpa", "--syllables forbid", "--overlap 2",
                                  "--max-edits 1", "--explain"}) {
    expect_refused(
        transcribe(whisper_, flags),
        flags.substr(0, flags.find(' ')) + ": expected the CTC head to write (--decoder ctc or both), found a bundle ");
  }
}

TEST_F(Options, OfCorrectionAreRefusedWhereThereIsNone) {
  expect_refused(transcribe(ctc_, "--correct off --max-edits 1"), "--max-edits: expected correction, found --correct");
  expect_refused(transcribe(ctc_, "--max-edits 1"),
                 "--max-edits: expected a ranker (--ranker), found a bundle without");
  expect_refused(transcribe(ctc_, "--search beam --explain"), "--explain: expected correction (with --search beam");
}

TEST_F(Options, OfTheBeamNameThemselvesWithoutOne) {
  for (const std::string flags : {"--beam-width 4", "--lm x.arpa", "--lm-weight 1", "--length-bonus 1",
                                  "--hotwords x.txt", "--hotword-boost 1", "--syllables forbid"}) {
    expect_refused(transcribe(ctc_, flags),
                   "seben: " + flags.substr(0, flags.find(' ')) + ": expected --search beam, found greedy");
  }
  expect_refused(transcribe(ctc_, "--search beam --lm-weight 1"), "--lm-weight: expected --lm, found none");
  expect_refused(transcribe(ctc_, "--search beam --hotword-boost 1"), "--hotword-boost: expected --hotwords, found");
}

TEST_F(Options, OfDrawingAndSearchingAreRefusedAtOtherTemperatures) {
  expect_refused(transcribe(whisper_, "--temperature 0 --best-of 3"), "--best-of: expected a --temperature above 0");
  expect_refused(transcribe(whisper_, "--temperature 0 --seed 3"), "--seed: expected a --temperature above 0");
  expect_refused(transcribe(whisper_, "--temperature 0.5 --beam-size 3"),
                 "--beam-size: expected --temperature 0 among");
  expect_refused(transcribe(whisper_, "--temperature 0 --length-penalty 1"),
                 "--length-penalty: expected several texts");
}

TEST_F(Options, OfABatchAreNumbersAndWindowsThatDoNotDependOnEachOther) {
  const std::string alone = "--no-condition-on-previous-text ";
  for (const char* size : {"-1", "65", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e3",
                           "3.5", "nan", "many", "''", "'4 '", "4,5"}) {
    const auto r = run(transcribe(whisper_, alone + "--batch-size=" + size));
    EXPECT_EQ(r.exit_code, 64) << size << r.err;
    EXPECT_TRUE(r.error_is_one_line()) << r.err;
    EXPECT_EQ(r.out, "") << size;
  }
  expect_refused(
      transcribe(whisper_, "--batch-size 4"),
      "batch size: expected windows that are not told the text before them (--no-condition-on-previous-text)");
  expect_refused(transcribe(whisper_, alone + "--batch-size 4 --initial-prompt a --carry-initial-prompt"),
                 "batch size: expected an initial prompt of the first window alone");
  expect_refused(transcribe(whisper_, alone + "--batch-size 4 --word-timestamps --hallucination-silence-threshold 2"),
                 "batch size: expected no threshold of hallucination silence");
  expect_refused(transcribe(ctc_, "--batch-size 4"), "--batch-size: expected Whisper's text decoder to write");
  const std::string quick = alone + "--max-tokens 4 --temperature 0 --vad off --json ";
  const auto one = run(transcribe(whisper_, quick + "--batch-size 1")),
             most = run(transcribe(whisper_, quick + "--batch-size 64"));
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_NE(most.out.find("\"batch_size\": 64"), std::string::npos) << most.out;
}

TEST_F(Options, APermissionForWhatIsAdmittedDoesNothing) {
  expect_refused(transcribe(ctc_, "-p f32 --allow-unadmitted"),
                 "--allow-unadmitted: expected an arithmetic or a codec that no gate admitted, found admitted ones");
  EXPECT_EQ(run(transcribe(ctc_, "--allow-unadmitted")).exit_code, 0);
  EXPECT_EQ(run(transcribe(ctc_, "--feature-codec fp16 --allow-unadmitted")).exit_code, 0);
}

TEST_F(Options, AFeatureCodecBeforeATextDecoderNeedsPermission) {
  const std::string quick = "--max-tokens 4 --temperature 0 --vad off --json ", codec = "--feature-codec affine2:g16 ";
  const auto refused = run(transcribe(whisper_, quick + codec));
  EXPECT_EQ(refused.exit_code, 78) << refused.err;
  EXPECT_NE(refused.err.find("precision record: expected affine2:g16 admitted for decoder"), std::string::npos)
      << refused.err;
  const auto sureness = [&](const std::string& flags) {
    const auto r = run(transcribe(whisper_, quick + flags));
    EXPECT_EQ(r.exit_code, 0) << flags << r.err;
    const std::size_t at = r.out.find("\"avg_logprob\"");
    EXPECT_NE(at, std::string::npos) << r.out;
    return r.out.substr(at, r.out.find_first_of(",\n}", at) - at);
  };
  EXPECT_EQ(sureness("--feature-codec f32"), sureness(""));
  // Both ways of reading windows give the decoder what two bits a value leave.
  for (const std::string way : {"", "--no-condition-on-previous-text --batch-size 2 "}) {
    EXPECT_NE(sureness(way + codec + "--allow-unadmitted"), sureness(way)) << way;
  }
}

TEST_F(Options, OfOtherCommandsAreRefusedWhereTheyDoNothing) {
  const std::string ctc = "'" + ctc_ + "'";
  test::write_file(*dir_ / "test.tsv", "speech.wav\t" + nko::Vocabulary::nko_blank_last().text(10) + "\n");
  const std::string manifest = "'" + (*dir_ / "test.tsv") + "'";
  for (const auto& [command, says] :
       Table{{"inspect --ane " + ctc, "--ane: expected a Core ML package, found "},
             {"quantize " + ctc + " --weights w8 -o x --clips 3", "--clips: expected --budget, found --weights"},
             {"quantize " + ctc + " --weights w8 -o x --calibration y", "--calibration: expected --budget or --agp"},
             {"quantize " + ctc + " --agp 4 -o x --head w8", "--head: expected --weights or --budget, found --agp"},
             {"quantize " + ctc + " --agp 4 -o x --keep head", "--keep: expected --weights or --budget, found --agp"},
             {"quantize " + ctc + " --weights w8 -o x --language en", "--language: expected --calibrate, found none"},
             {"eval -b " + ctc + " " + manifest + " --codec-mode balanced", "--codec-mode: expected --codecs, found"},
             {"eval -b " + ctc + " " + manifest + " --codecs fp16 --beam-width 3", "--beam-width: expected an eval"},
             {"eval -b " + ctc + " " + manifest + " --correct off --ranker r.json", "--ranker: expected correction"},
             {"export coreml " + ctc + " x --audio y.wav", "--audio: expected --keep-fp32 auto, found none"},
             {"verify x --against " + ctc + " --layout ane", "--layout: expected --bisect, found none"},
             {"verify x --against " + ctc + " --runner r --no-rounding", "--no-rounding: expected Seben's interpreter"},
             {"verify precision " + ctc + " --precision bf16 --language en --manifest " + manifest,
              "--language: expected a text decoder to be measured (--text-decoder), found the CTC head"}}) {
    expect_refused(command, says);
  }
}

TEST_F(Options, AllowUnadmittedAloneRunsCodedWeights) {
  const std::string coded = *dir_ / "coded";
  ASSERT_EQ(run("quantize '" SEBEN_SOURCE_DIR "/bundles/demo-nko' --weights w8:g32 -o '" + coded + "'").exit_code, 0);
  EXPECT_EQ(run(transcribe(coded, "")).exit_code, 78);
  const auto r = run(transcribe(coded, "--allow-unadmitted")),
             f32 = run(transcribe(coded, "-p f32 --allow-unadmitted"));
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_EQ(r.out, f32.out);
}

TEST_F(Options, ListsTakeOneWordAndLeaveTheRecording) {
  for (const std::string flags : {"--temperature 0", "--temperature 0,0.2", "--temperature 0 --clip-timestamps 0,0.5",
                                  "--temperature 0 --suppress-tokens 13", "--temperature 0 --suppress-tokens -1",
                                  "--temperature 0 --suppress-tokens=-1,13"}) {
    const auto r = run(transcribe(whisper_, "--max-tokens 4 " + flags));
    EXPECT_EQ(r.exit_code, 0) << flags << r.err;
  }
  expect_refused(transcribe(whisper_, "--suppress-tokens -1 --allow-non-speech"), "--allow-non-speech: expected no -1");
  expect_refused("eval -b '" + ctc_ + "' --codecs affine8:g16", "manifest is required");
}

TEST_F(Options, MinusOneIsTheListThatIsSuppressedAnyway) {
  const auto text = [&](const std::string& flags) {
    return run(transcribe(whisper_, "--temperature 0 --no-timestamps --max-tokens 12 --vad off " + flags)).out;
  };
  EXPECT_EQ(text("--suppress-tokens -1"), text(""));
  EXPECT_EQ(text("--suppress-tokens -1,5"), text("--suppress-tokens 5"));
}

// As Notepad and Excel write them.
TEST_F(Options, ManifestsAndArpaFilesMayBeginWithAByteOrderMark) {
  const std::string text = nko::Vocabulary::nko_blank_last().text(10);
  test::write_file(*dir_ / "bom.tsv", "\uFEFFspeech.wav\t" + text + "\r\n");
  const auto eval = run("eval -b '" + ctc_ + "' '" + (*dir_ / "bom.tsv") + "'");
  EXPECT_EQ(eval.exit_code, 0) << eval.err;
  test::write_file(*dir_ / "bom.txt", "\uFEFF" + text + "\n");
  test::write_file(*dir_ / "plain.txt", text + "\n");
  for (const std::string name : {"bom", "plain"}) {
    const auto lm =
        run("rank lm '" + (*dir_ / (name + ".txt")) + "' --order 2 -o '" + (*dir_ / (name + ".arpa")) + "'");
    EXPECT_EQ(lm.exit_code, 0) << lm.err;
  }
  EXPECT_EQ(test::read_file(*dir_ / "bom.arpa"), test::read_file(*dir_ / "plain.arpa"));
  const auto with = [&](const std::string& arpa) { return run(transcribe(ctc_, "--search beam --lm '" + arpa + "'")); };
  const auto plain = with(*dir_ / "plain.arpa");
  test::write_file(*dir_ / "bom.arpa", "\uFEFF" + test::read_file(*dir_ / "plain.arpa"));
  EXPECT_EQ(with(*dir_ / "bom.arpa").exit_code, 0) << with(*dir_ / "bom.arpa").err;
  EXPECT_EQ(with(*dir_ / "bom.arpa").out, plain.out);
  test::write_file(*dir_ / "hotwords.txt", "\uFEFF" + text + "\n");
  const auto hotwords = run(transcribe(ctc_, "--search beam --hotwords '" + (*dir_ / "hotwords.txt") + "'"));
  EXPECT_EQ(hotwords.exit_code, 0) << hotwords.err;
}

TEST_F(Options, SubtitlesOfSeveralRecordingsAreSeveralFiles) {
  for (const std::string format : {"srt", "vtt"}) {
    expect_refused(transcribe(ctc_, "-f " + format + " '" + recording_ + "'"),
                   "--format " + format + ": expected --output FOLDER for several recordings");
    EXPECT_EQ(run(transcribe(ctc_, "-f " + format)).exit_code, 0);
  }
  EXPECT_EQ(run(transcribe(ctc_, "-f srt -o '" + (*dir_ / "subtitles") + "' '" + recording_ + "'")).exit_code, 0);
}

TEST_F(Options, AMistypedWordIsAnsweredByTheRightOne) {
  for (const auto& [command, meant] : Table{{"trnscribe x.wav", "transcribe"},
                                            {"transcribbe x.wav -b y", "transcribe"},
                                            {"verfy digests x", "verify"},
                                            {"verify digest x", "digests"},
                                            {"inspect lables x", "labels"},
                                            {"export swfit a b", "swift"},
                                            {"rank chek-text x", "check-text"},
                                            {"proof analyse traces x", "trace"},
                                            {"trans x.wav", "transcribe or transliterate"},
                                            {"transc x.wav", "transcribe"},
                                            {transcribe(ctc_, "--lanugage en"), "--language"},
                                            {transcribe(ctc_, "--formt=srt"), "--format"}}) {
    expect_refused(command, "did you mean " + meant + "?");
  }
  for (const std::string command : {"xyzzy", "verify nowhere", "transcribe --zzz"}) {
    EXPECT_EQ(run(command).err.find("did you mean"), std::string::npos) << run(command).err;
  }
}

// Every command and every group of them shows how it is used itself, not how another is.
TEST_F(Options, EveryHelpPageHasAnExampleOfItsOwn) {
  for (const std::string command : {"transcribe",
                                    "inspect",
                                    "inspect labels",
                                    "inspect encoder",
                                    "import",
                                    "verify",
                                    "verify digests",
                                    "verify precision",
                                    "verify skew",
                                    "verify stages",
                                    "eval",
                                    "correct",
                                    "rank",
                                    "rank rows",
                                    "rank mine",
                                    "rank check-text",
                                    "rank lm",
                                    "rank fit",
                                    "guard",
                                    "guard fit",
                                    "guard check",
                                    "quantize",
                                    "export",
                                    "export coreml",
                                    "export fixtures",
                                    "export harness",
                                    "export features",
                                    "export ggml",
                                    "export swift",
                                    "execute",
                                    "proof",
                                    "proof run",
                                    "proof attach",
                                    "proof watch",
                                    "proof audit",
                                    "proof report",
                                    "proof analyse",
                                    "proof analyse preflight",
                                    "proof analyse log",
                                    "proof analyse trace",
                                    "proof analyse evidence",
                                    "proof analyse plan",
                                    "bench"}) {
    const auto r = run(command + " --help");
    EXPECT_EQ(r.exit_code, 0) << command;
    EXPECT_NE(r.out.find("Example: seben " + command + " "), std::string::npos) << command << "\n" << r.out;
  }
}

TEST_F(Options, GroupsShowAnExampleOfEveryCommand) {
  for (const auto& [group, commands] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"export", {"coreml", "fixtures", "harness", "features", "ggml", "swift"}},
           {"rank", {"rows", "mine", "check-text", "lm", "fit"}},
           {"guard", {"fit", "check"}},
           {"verify", {"packages", "digests", "precision", "skew", "stages"}},
           {"inspect", {"bundles/demo-nko", "labels", "encoder"}},
           {"proof", {"run", "attach", "watch", "audit", "report", "analyse"}},
           {"proof analyse", {"preflight", "log", "trace", "evidence", "plan"}}}) {
    const auto r = run(group + " --help");
    for (const std::string& command : commands) {
      EXPECT_NE(r.out.find("Example: seben " + group + " " + command), std::string::npos) << group << " " << command;
    }
    EXPECT_EQ(r.out.find("Example: seben transcribe"), std::string::npos) << group;
  }
}

TEST_F(Options, HelpPagesSayTheDefaults) {
  for (const auto& [command, says] : Table{{"rank fit", "--l2 FLOAT:NONNEGATIVE=1"},
                                           {"rank lm", "--order INT=5"},
                                           {"export swift", "--rows INT:INT in [1 - 100000]=1000"},
                                           {"bench", "--rounds INT:INT in [1 - 1000]=5"},
                                           {"transcribe", "default 0,0.2,0.4,0.6,0.8,1"},
                                           {"quantize", "16, 32 (default), 64 or 128"}}) {
    const auto r = run(command + " --help");
    EXPECT_NE(r.out.find(says), std::string::npos) << command << "\n" << r.out;
  }
}

}  // namespace
}  // namespace seben
