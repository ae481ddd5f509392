using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Specification.Reading;

namespace MlOps.Core.Tests.Specification.Reading;

/// <summary>What is refused, where, and with what words.</summary>
public class PipelineProblemsTests
{
    [Fact]
    public void A_problem_names_file_line_column_key_rule_and_the_nearest_key()
    {
        var error = Assert.Throws<PipelineSpecException>(() =>
            PipelineSpecReader.Read(PipelineText.With("max_depth: 4..8", "max_dept: 4..8"), "workflows/flights/pipeline.yaml"));
        Assert.Equal("workflows/flights/pipeline.yaml:18:27: 'max_dept' is not a key of trainer xgboost. Did you mean 'max_depth'?", error.Message);
        var problem = Assert.Single(error.Problems);
        Assert.Equal(new SourcePosition("workflows/flights/pipeline.yaml", 18, 27), problem.Position);
    }

    [Fact]
    public void All_problems_of_a_file_are_told_at_once_in_its_order()
    {
        var text = PipelineText.Small
            .Replace("name: flights", "nam: flights", StringComparison.Ordinal)
            .Replace("min: 1000", "min: many", StringComparison.Ordinal)
            .Replace("by: time", "by: tiem", StringComparison.Ordinal)
            .Replace("auc >= 0.65", "acu >= 0.65", StringComparison.Ordinal);
        Assert.Equal(
            [
                "p:1:1: 'nam' is not a key of a pipeline. Did you mean 'name'?",
                "p:1:1: a pipeline lacks the key 'name'. Add it: Name of the pipeline: part of paths, and how people call it.",
                "p:8:27: 'many' is no value of 'data.checks[0].min': expected a whole number from 0 to 1000000000000. Write it so.",
                "p:14:16: 'tiem' is no value of 'features.split.by': expected one of time, random. Did you mean 'time'?",
                "p:20:5: 'acu' in the gate 'acu >= 0.65' is no metric. Did you mean 'auc'?",
            ],
            Lines(text));
    }

    [Theory]
    // Keys
    [InlineData("name: flights", "name: flights\nname: flights", "2:1: 'name' is given a second time; the first is in line 1.")]
    [InlineData("trials: 12", "trials: 12, trials: 13", "'trials' is given a second time")]
    [InlineData("test: 0.2 }", "tset: 0.2 }", "14:22: 'tset' is not a key of 'features.split'. Did you mean 'test'?")]
    [InlineData("rounds: 200", "learning_rate: 0.1", "'learning_rate' is not a key of trainer xgboost. It is called 'eta' here.")]
    [InlineData("rounds: 200", "quite_unheard_of: 1", "Use one of booster, rounds,")]
    [InlineData("sql: delay >= 15, ", "", "'features.label' lacks the key 'sql'.")]
    [InlineData("{ type: timestamp }", "{}", "'data.columns.date' lacks the key 'type'.")]
    [InlineData("check: rows, ", "", "'data.checks[0]' lacks the key 'check'. Add it: one of rows, missing, quarantined, unique,")]
    [InlineData("date: { type", "\"\": { type", "is no name in 'data.columns'")]
    [InlineData("date: { type", "? [a]\n    : { type", "a list stands where a key is expected")]
    // Names
    [InlineData("name: flights", "name: Flights", "'Flights' is no value of 'name': expected lower-case letters, digits and dashes, 1 to 63 characters, beginning with a letter.")]
    [InlineData("name: flights", "name: 3d", "'3d' is no value of 'name'")]
    [InlineData("name: flights", "name: ../etc", "is no value of 'name'")]
    [InlineData("name: flights", "name: \"a\\n\"", "'name'")]
    [InlineData("name: flights", "name:", "'name' has no value")]
    [InlineData("name: flights", "name: ~", "'name' has no value")]
    [InlineData("name: flights", "name: [a]", "a list is no value of 'name'")]
    [InlineData("hour: { sql", "__hour: { sql", "'__hour' begins with '__'")]
    [InlineData("name: late", "name: __late", "'__late' begins with '__'")]
    [InlineData("name: late", "name: hour", "input 'hour' has the label's name")]
    // Types
    [InlineData("test: 0.2", "test: \"0.2\"", "Remove the quotes.")]
    [InlineData("test: 0.2", "test: 0,2", "'2' is not a key")]
    [InlineData("test: 0.2", "test: .nan", "'.nan' is no value of 'features.split.test': expected a number between 0 and 1, both excluded.")]
    [InlineData("test: 0.2", "test: 1e400", "is no value of 'features.split.test'")]
    [InlineData("test: 0.2", "test: 1", "'1' is no value of 'features.split.test'")]
    [InlineData("test: 0.2", "test: ٠.٢", "is no value of 'features.split.test'")]
    [InlineData("trials: 12", "trials: 12.5", "'12.5' is no value of 'training.search.trials': expected a whole number from 1 to 1000.")]
    [InlineData("trials: 12", "trials: 0", "'0' is no value of 'training.search.trials'")]
    [InlineData("trials: 12", "trials: 1001", "'1001' is no value of 'training.search.trials'")]
    [InlineData("trials: 12", "trials: 0x10", "'0x10' is no value of 'training.search.trials'")]
    [InlineData("trials: 12", "trials: [12]", "a list is no value of 'training.search.trials'")]
    [InlineData("trials: 12", "parallel: 65", "'65' is no value of 'training.search.parallel'")]
    [InlineData("{ type: timestamp }", "{ type: timestamp, required: yes }", "'yes' is no value of 'data.columns.date.required': expected true or false.")]
    [InlineData("{ type: timestamp }", "{ type: timestmp }", "expected one of string, int, double, bool, timestamp, date. Did you mean 'timestamp'?")]
    [InlineData("{ type: timestamp }", "timestamp", "'timestamp' is no value of 'data.columns.date': expected a mapping")]
    [InlineData("gates:\n  - auc >= 0.65", "gates: auc >= 0.65", "'auc >= 0.65' is no value of 'gates': expected a list")]
    [InlineData("gates:\n  - auc >= 0.65", "gates:", "'gates' has no value")]
    [InlineData("sql: hour(date)", "sql: \" \"", "'features.inputs.hour.sql' is empty")]
    // Ranges
    [InlineData("min: -120, max: 1440", "min: 1440, max: -120", "'data.columns.delay' has min 1440 above max -120. Swap the two.")]
    [InlineData("min: 1000", "min: 1000, max: 10", "'data.checks[0]' has min 1000 above max 10.")]
    [InlineData("check: rows, min: 1000", "check: rows", "check rows has neither 'min' nor 'max'.")]
    [InlineData("max_depth: 4..8", "max_depth: 8..4", "whose first number is the larger one. Write 4..8.")]
    [InlineData("max_depth: 4..8", "max_depth: 4...8", "'4...8' is no value of 'training.trainers[0].max_depth'")]
    [InlineData("max_depth: 4..8", "max_depth: 4.5..8", "it is a whole number")]
    [InlineData("max_depth: 4..8", "max_depth: log(4..8)", "it is a whole number")]
    [InlineData("max_depth: 4..8", "max_depth: -1..8", "Narrow the range.")]
    [InlineData("max_depth: 4..8", "max_depth: -1", "expected a whole number from 0 to 64")]
    [InlineData("max_depth: 4..8", "max_depth: []", "'training.trainers[0].max_depth' is an empty list")]
    [InlineData("max_depth: 4..8", "max_depth: [4, 4]", "twice")]
    [InlineData("max_depth: 4..8", "max_depth: [4, x]", "'x' is no value")]
    [InlineData("max_depth: 4..8", "max_depth: { min: 4 }", "a mapping is no value")]
    [InlineData("max_depth: 4..8", "eta: log(0..0.3)", "a logarithm needs numbers above 0")]
    [InlineData("max_depth: 4..8", "eta: log(0.1..0.3", "lacks a bracket")]
    [InlineData("max_depth: 4..8", "eta: 0.1..0.3)", "lacks a bracket")]
    [InlineData("max_depth: 4..8", "eta: 0.1..3", "Narrow the range.")]
    [InlineData("max_depth: 4..8", "booster: gbtre", "Did you mean 'gbtree'?")]
    [InlineData("max_depth: 4..8", "booster: gblinear, max_depth: 4", "'max_depth' is no parameter of booster gblinear.")]
    [InlineData("max_depth: 4..8", "booster: [gbtree, gblinear], max_depth: 4", "'max_depth' is no parameter of booster gblinear.")]
    [InlineData("max_depth: 4..8", "top_k: 4", "'top_k' is no parameter of booster gbtree. It belongs to gblinear")]
    [InlineData("trainer: xgboost", "trainer: xgbost", "'xgbost' is no trainer. Did you mean 'xgboost'?")]
    [InlineData("trainer: xgboost", "trainer: [xgboost]", "a list is no value of 'training.trainers[0].trainer'")]
    [InlineData("    - { check", "    - rows\n    - { check", "'rows' is no value of 'data.checks[0]': expected a mapping")]
    // Durations
    [InlineData("data:\n", "data:\n  window: 90\n", "Add the unit: 90d for days, 90h for hours, 90m for minutes.")]
    [InlineData("data:\n", "data:\n  window: 90 d\n", "expected a length of time")]
    [InlineData("data:\n", "data:\n  window: 3y\n", "expected a length of time")]
    [InlineData("data:\n", "data:\n  window: 0d\n", "it must be above 0 and at most 36500d")]
    [InlineData("data:\n", "data:\n  window: 99999999999999999999d\n", "it must be above 0 and at most 36500d")]
    [InlineData("data:\n", "data:\n  window: -1d\n", "expected a length of time")]
    // References
    [InlineData("check: rows, min: 1000", "check: missing, column: dely, max: 0.1", "'dely' in 'data.checks[0].column' is no declared column. Did you mean 'delay'?")]
    [InlineData("check: rows, min: 1000", "check: unique, columns: [date, orign]", "'orign' in 'data.checks[0].columns' is no declared column. Did you mean 'origin'?")]
    [InlineData("check: rows, min: 1000", "check: freshness, column: delay, maxAge: 1d", "column 'delay' in 'data.checks[0]' is of type int. Name a column of type timestamp or date.")]
    [InlineData("check: rows, min: 1000", "check: quantile, column: origin, at: 0.5, min: 1", "column 'origin' in 'data.checks[0]' is of type string. Name a column of type int or double.")]
    [InlineData("check: rows, min: 1000", "check: quantile, column: delay, at: 0.5", "check quantile has neither 'min' nor 'max'.")]
    [InlineData("check: rows, min: 1000", "check: outliers, max: 0.1", "check outliers has neither 'column' nor 'columns'.")]
    [InlineData("check: rows, min: 1000", "check: outliers, column: delay, columns: [delay], method: isolation, max: 0.1", "check outliers has both 'column' and 'columns'.")]
    [InlineData("check: rows, min: 1000", "check: outliers, columns: [delay], max: 0.1", "looks at several columns together, which only method isolation does")]
    [InlineData("check: rows, min: 1000", "check: outliers, columns: [delay, origin], method: isolation, max: 0.1", "column 'origin' in 'data.checks[0]' is of type string")]
    [InlineData("check: rows, min: 1000", "check: leakage, key: [flight]", "'flight' in 'data.checks[0].key' is no declared column")]
    [InlineData("check: rows, min: 1000", "check: outliers, column: delay, max: 0.1, severity: loud", "'loud' is no value of 'data.checks[0].severity'")]
    [InlineData("by: time, test", "by: time, column: dat, test", "'dat' in 'features.split.column' is no declared column. Did you mean 'date'?")]
    [InlineData("by: time, test", "by: time, column: delay, test", "'delay' in 'features.split.column' is of type int.")]
    [InlineData("by: time, test", "by: random, column: date, test", "but they are split at random")]
    [InlineData("date: { type: timestamp }", "date: { type: string }", "no column is of type timestamp or date")]
    [InlineData("gates:", "evaluation: { slices: [orgin] }\ngates:", "'orgin' in 'evaluation.slices' is neither a declared column nor an input. Did you mean 'origin'?")]
    [InlineData("origin: { encode: target }", "orign: { encode: target }", "input 'orign' has no 'sql' and is no declared column. Did you mean 'origin'?")]
    [InlineData("origin: { type: string }", "origin: { type: string }\n    Origin: { type: string }", "column 'Origin' differs from column 'origin' in case only")]
    [InlineData("origin: { encode: target }", "x: { sql: DELAY >= 15 }", "input 'x' is the label itself")]
    [InlineData("test: 0.2 }", "test: 0.6, validation: 0.4 }", "leave nothing to train on")]
    // Rules of a column that do not fit its type
    [InlineData("date: { type: timestamp }", "date: { type: timestamp, min: 1 }", "'data.columns.date.min' is a rule for numbers")]
    [InlineData("min: -120, max: 1440", "values: [a]", "'data.columns.delay.values' is a rule for text")]
    [InlineData("origin: { type: string }", "origin: { type: string, values: [] }", "'data.columns.origin.values' is an empty list")]
    [InlineData("origin: { type: string }", "origin: { type: string, values: [a, a] }", "'a' is in 'data.columns.origin.values' a second time")]
    [InlineData("origin: { type: string }", "origin: { type: string, pattern: '[' }", "is no regular expression for 'data.columns.origin.pattern'")]
    [InlineData("origin: { type: string }", "origin: { type: string, pattern: '(?=a)b' }", "cannot run in linear time")]
    [InlineData("origin: { type: string }", "origin: { type: string, maxDistinct: 0 }", "expected a whole number from 1")]
    // Schedules and folders
    [InlineData("data:\n", "triggers: { schedule: '0 6 * * *' }\ndata:\n", "Put the seconds in front: \"0 0 6 * * *\".")]
    [InlineData("data:\n", "triggers: { schedule: hourly }\ndata:\n", "expected six fields")]
    [InlineData("data:\n", "triggers: { schedule: '0 0 25 * * *' }\ndata:\n", "expected six fields")]
    [InlineData("data:\n", "triggers: { schedule: '0 0 0 30 2 *' }\ndata:\n", "is a schedule that never comes")]
    [InlineData("data:\n", "triggers: { blob: incoming/x }\ndata:\n", "a folder ends in a slash. Write incoming/x/.")]
    [InlineData("data:\n", "triggers: { blob: ../x/ }\ndata:\n", "no folder below the storage's root")]
    [InlineData("data:\n", "triggers: { blob: /x/ }\ndata:\n", "no folder below the storage's root")]
    [InlineData("data:\n", "triggers: { blob: runs/x/ }\ndata:\n", "the system itself writes to runs/")]
    [InlineData("data:\n", "example: { source: ../secret }\ndata:\n", "it must stay below node_modules")]
    [InlineData("data:\n", "example: { source: /etc/passwd }\ndata:\n", "it must stay below node_modules")]
    // Metrics and gates
    [InlineData("maximize: auc", "minimize: auc", "of which more is better. Write maximize: auc.")]
    [InlineData("maximize: auc", "maximize: logLoss", "of which less is better. Write minimize: logLoss.")]
    [InlineData("maximize: auc", "maximize: auc, minimize: logLoss", "has both 'maximize' and 'minimize'")]
    [InlineData("maximize: auc", "maximize: r2", "r2 in 'training.search.maximize' does not fit a binary label (features.label.task says so).")]
    [InlineData(", task: binary", "", "20:5:", "auc >= 0.65", "rmse <= 3")]
    [InlineData(", task: binary", "", "'training.search' says neither what to maximize nor what to minimize", ", maximize: auc", "")]
    [InlineData("gates:", "evaluation: { metrics: [logLoss] }\ngates:", "the gate 'auc >= 0.65' needs auc, which 'evaluation.metrics' does not have.")]
    [InlineData("gates:", "evaluation: { metrics: [] }\ngates:", "'evaluation.metrics' is an empty list")]
    [InlineData("gates:", "evaluation: { metrics: [rmse] }\ngates:", "rmse in 'evaluation.metrics' does not fit a binary label")]
    [InlineData("auc >= 0.65", "auc = 0.65", "expected a condition")]
    [InlineData("auc >= 0.65", "auc >= champion", "expected a condition")]
    [InlineData("auc >= 0.65", "auc >= 65", "auc lies between 0 and 1")]
    [InlineData("auc >= 0.65", "auc >= 0.65ms", "Remove the unit.")]
    [InlineData("auc >= 0.65", "latencyP99 <= 2", "gives a time without its unit. Write 2ms, or use us or s.")]
    [InlineData("auc >= 0.65", "auc >= champion.acu", "'acu' in the gate 'auc >= champion.acu' is no metric. Did you mean 'auc'?")]
    [InlineData("auc >= 0.65", "auc >= 0.65 with 95% confidence", "Compare with champion.auc, or leave the confidence out.")]
    [InlineData("auc >= 0.65", "auc > champion.auc with 99.9% confidence", "Write more than 50% and at most 99%")]
    [InlineData("auc >= 0.65", "auc > champion.auc with 50% confidence", "Write more than 50% and at most 99%")]
    [InlineData("auc >= 0.65", "auc > champion.auc with confidence", "expected a condition")]
    [InlineData("auc >= 0.65", "latencyP99 <= champion.latencyP99 with 95% confidence", "not measured row by row")]
    [InlineData("auc >= 0.65", "auc >= champion.brier", "Compare like with like: champion.auc.")]
    [InlineData("auc >= 0.65", "rmse <= 3", "rmse in 'gates' does not fit a binary label")]
    [InlineData("task: binary", "task: multiclass", "'features.inputs.origin.encode' is target, the mean of the label, which a label of several classes does not have.")]
    // Not yet
    [InlineData("data:\n", "triggers: { budget: { runs: 0, per: 30d } }\ndata:\n", "'0' is no value of 'triggers.budget.runs'")]
    [InlineData("training:\n", "training:\n  compute: azuremal\n", "'azuremal' is no value of 'training.compute': expected one of local, azureml. Did you mean 'azureml'?")]
    [InlineData("training:\n", "training:\n  compute: { azureml: { instances: 0 } }\n", "'0' is no value of 'training.compute.azureml.instances'")]
    [InlineData("trainer: xgboost", "trainer: pytorch", "trainer 'pytorch' is not supported yet.")]
    // Releases
    [InlineData("gates:", "release: { strategy: canry }\ngates:", "'canry' is no value of 'release.strategy': expected one of allAtOnce, blueGreen, canary, shadow. Did you mean 'canary'?")]
    [InlineData("gates:", "release: { steps: [ { traffic: 10%, for: 1h } ] }\ngates:", "'release.steps' is of strategy canary only. Set 'strategy: canary', or remove the key.")]
    [InlineData("gates:", "release: { strategy: canary, keep: 1h }\ngates:", "'release.keep' is of strategy blueGreen only.")]
    [InlineData("gates:", "release: { shadow: { for: 1h } }\ngates:", "'release.shadow' is of strategy shadow only.")]
    [InlineData("gates:", "release: { strategy: canary, steps: [ { traffic: 50%, for: 1h }, { traffic: 10%, for: 1h } ] }\ngates:", "'release.steps' goes from 50% to 10%.")]
    [InlineData("gates:", "release: { strategy: canary, steps: [ { traffic: 10, for: 1h } ] }\ngates:", "Add the unit: 10%.")]
    [InlineData("gates:", "release: { strategy: canary, steps: [ { traffic: 100%, for: 1h } ] }\ngates:", "expected a share in whole percent from 1% to 99%")]
    [InlineData("gates:", "release: { strategy: canary, steps: [ { traffic: 10% } ] }\ngates:", "'release.steps[0]' lacks the key 'for'.")]
    [InlineData("gates:", "release: { while: [ errorrate <= 1% ] }\ngates:", "'errorrate' in the condition 'errorrate <= 1%' is no metric of a release. Did you mean 'errorRate'?")]
    [InlineData("gates:", "release: { while: [ errorRate ] }\ngates:", "expected a condition, such as errorRate <= 1%")]
    [InlineData("gates:", "release: { while: [ latencyP99 <= 50 ] }\ngates:", "Write 50ms.")]
    [InlineData("gates:", "release: { while: [ errorRate <= 5ms ] }\ngates:", "Remove the unit.")]
    [InlineData("gates:", "release: { while: [ errorRate <= champion.latencyP99 ] }\ngates:", "Compare like with like: champion.errorRate.")]
    [InlineData("gates:", "release: { while: [ predictionDrift <= champion.predictionDrift ] }\ngates:", "compares with the champion by itself. Compare it with a number.")]
    [InlineData("gates:", "release: { stickyBy: orign }\ngates:", "'orign' in 'release.stickyBy' is no declared column. Did you mean 'origin'?")]
    [InlineData("gates:", "release: { windows: [ MON-THU 9:00-16:00 ] }\ngates:", "expected days and a time of day, such as")]
    [InlineData("gates:", "release: { windows: [ MON 09:00-09:00 ] }\ngates:", "expected days and a time of day, such as")]
    [InlineData("gates:", "release: { freezes: [ 2026-12-31..2026-12-01 ] }\ngates:", "expected a day or two with their years")]
    [InlineData("gates:", "release: { timeZone: Europe/Berlyn }\ngates:", "'Europe/Berlyn' is no time zone of this machine.")]
    // Programs of one's own
    [InlineData("trainer: xgboost, max_depth: 4..8, rounds: 200", "trainer: command", "trainer command lacks the key 'command'.")]
    [InlineData("trainer: xgboost, max_depth: 4..8, rounds: 200", "trainer: command, command: []", "'training.trainers[0].command' is an empty list.")]
    [InlineData("trainer: xgboost, max_depth: 4..8, rounds: 200", "trainer: command, command: [a], rate: 1", "'rate' is not a key of trainer command.")]
    [InlineData("trainer: xgboost, max_depth: 4..8, rounds: 200", "trainer: command, command: [a], parameters: { rate: 3..1 }", "'training.trainers[0].parameters.rate' is '3..1', whose first number is the larger one.")]
    public void A_problem_is_told_with_its_remedy(string part, string replacement, string expected, string otherPart = "", string otherReplacement = "")
    {
        var text = PipelineText.With(part, replacement);
        if (otherPart.Length > 0) text = text.Replace(otherPart, otherReplacement, StringComparison.Ordinal);
        Assert.Contains(Lines(text), l => l.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "1:1: the file is empty.")]
    [InlineData("\n  \n# only a comment\n", "the file is empty.")]
    [InlineData("---\n", "'pipeline' has no value")]
    [InlineData("just text", "1:1: 'just text' is no value of 'pipeline': expected a mapping")]
    [InlineData("[name]", "1:1: a list is no value of 'pipeline'")]
    [InlineData("name: a\n\tdata: b", "2:1: the line is indented with a tab. YAML indents with spaces")]
    [InlineData("name: 'a\n", "is no valid YAML")]
    [InlineData("name: a\n  data: b", "is no valid YAML")]
    [InlineData("name: {a", "is no valid YAML")]
    [InlineData("name: @a", "is no valid YAML")]
    [InlineData("name: a\n---\nname: b\n", "2:1: a second document starts here.")]
    [InlineData("name: &n a\nowner: *n\n", "'&n' is an anchor")]
    [InlineData("name: &n a\nowner: *n\n", "'*n' is an alias")]
    [InlineData("name: !!python/object a", "is a tag, which pipeline files do not have")]
    [InlineData("name: a\u0000b", "1:8: the file holds the control character U+0000.")]
    [InlineData("name: a\n\u001b[2J", "2:1: the file holds the control character U+001B.")]
    public void A_file_that_is_no_single_plain_mapping_is_refused(string text, string expected) =>
        Assert.Contains(Lines(text), l => l.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void Aliases_within_aliases_are_refused_before_they_grow()
    {
        var bomb = new StringBuilder("a0: &a0 [x]\n");
        for (var i = 1; i < 30; i++) bomb.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]\n");
        Assert.Contains(Lines(bomb.ToString()), l => l.Contains("is an alias", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[", 200_000)]
    [InlineData("{a: ", 100_000)]
    [InlineData("- ", 100_000)]
    [InlineData("? ", 100_000)]
    public void Nesting_without_end_is_refused_not_followed(string open, int times) =>
        Assert.Contains(Lines(string.Concat(Enumerable.Repeat(open, times))), l => l.Contains("nested deeper than", StringComparison.Ordinal) || l.Contains("no valid YAML", StringComparison.Ordinal));

    [Fact]
    public void A_file_above_1_MiB_is_refused()
    {
        var padding = new string('#', PipelineSpecReader.MostBytes);
        Assert.Contains("more than 1048576", Assert.Single(Lines($"{padding}\n{PipelineText.Small}")), StringComparison.Ordinal);
        Assert.Throws<PipelineSpecException>(() => PipelineSpecReader.Read(new byte[PipelineSpecReader.MostBytes + 1], "p"));
    }

    [Fact]
    public void Bytes_that_are_no_UTF_8_are_refused_with_their_line()
    {
        byte[] latin = [.. "name: a\nowner: M"u8, 0xFC, .. "ller\n"u8];
        Assert.StartsWith("p:2:1: the file is no UTF-8 text.", Assert.Throws<PipelineSpecException>(() => PipelineSpecReader.Read(latin, "p")).Message, StringComparison.Ordinal);
        var utf16 = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(PipelineText.Small)).ToArray();
        Assert.Contains("Save it as UTF-8", Assert.Throws<PipelineSpecException>(() => PipelineSpecReader.Read(utf16, "p")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_nothing_but_mistakes_is_told_in_bounded_length()
    {
        var text = string.Concat(Enumerable.Range(0, 1000).Select(i => $"key{i}: 1\n"));
        var lines = Lines(text);
        Assert.Equal(51, lines.Length);
        Assert.Contains("953 more problems follow", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_done_to_a_file_the_answer_is_a_pipeline_or_its_problems()
    {
        // Cut, doubled, swapped and littered with what YAML finds special.
        var litter = Gen.Elements("", "\t", "\n", ":", "- ", "{", "}", "[", "]", "&a", "*a", "!", "|", ">", "'", "\"", "#", "%", "@", "---\n", "...", "? ", "~", "null", "..", "1e9", "\0", "\ufeff", "😀", "\ud800");
        var edit = Gen.Choose(0, PipelineText.Small.Length).Zip(Gen.Choose(0, 40)).Zip(litter);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(edit.ArrayOf().ToArbitrary(), edits =>
        {
            var text = PipelineText.Small;
            foreach (var ((at, length), insert) in edits)
            {
                var start = Math.Min(at, text.Length);
                text = text.Remove(start, Math.Min(length, text.Length - start)).Insert(start, insert);
            }
            try
            {
                Assert.NotEmpty(PipelineSpecReader.Read(text, "p").Name);
            }
            catch (PipelineSpecException e)
            {
                Assert.NotEmpty(e.Problems);
                Assert.All(e.Problems, p => Assert.True(p.Position is { Line: >= 1, Column: >= 1 } && p.Problem.EndsWith('.') && p.Remedy.Length > 0));
            }
        }));
    }

    private static string[] Lines(string text) =>
        [.. Assert.Throws<PipelineSpecException>(() => PipelineSpecReader.Read(text, "p")).Problems.Select(p => p.ToString())];
}
