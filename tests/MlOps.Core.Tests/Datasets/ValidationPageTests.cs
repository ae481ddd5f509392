using MlOps.Core.Datasets;
using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Datasets;

public sealed class ValidationPageTests
{
    private const string Hostile = "<script>alert('x')</script>&\"";

    [Fact]
    public void What_the_data_says_is_text_and_never_markup()
    {
        var page = ValidationPage.Render(Report(new CheckResult(Hostile, Passed: false, 1, Hostile), new QuarantinedRow(
            Hostile, 7, [Hostile], new Dictionary<string, string?> { [Hostile] = Hostile, ["empty"] = null })));
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("<td>7</td>", page, StringComparison.Ordinal);
        Assert.Contains("missing</i>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void It_needs_nothing_from_elsewhere()
    {
        var page = ValidationPage.Render(Report(new CheckResult("rows >= 10", Passed: true, 12, "12 rows are kept.")));
        Assert.DoesNotContain("http", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("12 rows are kept.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_failed_comes_before_warnings_and_these_before_what_is_met()
    {
        var report = Report(new CheckResult("met-check", Passed: true, 0, ""));
        report = report with
        {
            Verdict = report.Verdict with
            {
                Checks = [.. report.Verdict.Checks, new("warned-check", false, 0, "") { Severity = CheckSeverity.Warn }, new("failed-check", false, 0, "")],
            },
        };
        var page = ValidationPage.Render(report);
        var places = new[] { "failed-check", "warned-check", "met-check" }.Select(c => page.IndexOf(c, StringComparison.Ordinal)).ToList();
        Assert.Equal(places.Order(), places);
        Assert.DoesNotContain(-1, places);
    }

    private static ValidationReport Report(CheckResult check, params QuarantinedRow[] samples) => new()
    {
        Dataset = "flights",
        Version = new string('a', 64),
        At = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero),
        Verdict = new() { Passed = check.Passed, Rows = 12, Kept = 12, Quarantined = samples.Length, Checks = [check] },
        Samples = samples,
    };
}
