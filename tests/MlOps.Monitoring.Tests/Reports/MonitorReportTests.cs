using System.Text.RegularExpressions;
using MlOps.Core.Evaluation;
using MlOps.Core.Monitoring;
using MlOps.Monitoring.Reports;

namespace MlOps.Monitoring.Tests.Reports;

public partial class MonitorReportTests
{
    private static readonly DateTimeOffset s_start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_draws_each_series_with_its_limit_interval_and_breaks()
    {
        var page = Page([Result(0, 0.70), Result(1, 0.69), Result(2, 0.55)]);
        Assert.Contains("class=\"line\"", page, StringComparison.Ordinal);
        Assert.Contains("class=\"limit\"", page, StringComparison.Ordinal);
        Assert.Contains("class=\"band\"", page, StringComparison.Ordinal);
        Assert.Single(Break().Matches(page));
        Assert.Contains("beyond its limit", page, StringComparison.Ordinal);
        Assert.Contains("auc origin=ORD", page, StringComparison.Ordinal);
    }

    [Fact]
    public void It_needs_nothing_else_and_what_stands_in_the_data_stays_text()
    {
        var page = Page([Result(0, 0.7, "<script>alert(1)</script>=x")]);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_series_of_one_window_of_one_value_or_of_none_is_drawn_or_left_out()
    {
        Assert.Contains("<svg", Page([Result(0, 0)]), StringComparison.Ordinal);
        Assert.Contains("that have not moved", Page([Result(0, 0.7), Result(1, 0.7)]), StringComparison.Ordinal);
        Assert.DoesNotContain("<svg", Page([Result(0, double.NaN)]), StringComparison.Ordinal);
        Assert.Contains("has not run yet", Page([]), StringComparison.Ordinal);
    }

    private static string Page(IReadOnlyList<MonitorResult> results) => new MonitorReport
    {
        Endpoint = "flights",
        MadeAt = s_start,
        Series = [(MonitorKind.Performance, results)],
        Alerts = [],
        Labels = new(),
    }.Render();

    private static MonitorResult Result(int day, double auc, string segment = "origin=ORD") => new()
    {
        Endpoint = "flights",
        Monitor = MonitorKind.Performance,
        Window = new(s_start.AddDays(day), s_start.AddDays(day + 1)),
        ComputedAt = s_start,
        Rows = 100,
        Points =
        [
            new() { Metric = "auc", Value = auc, Interval = new ConfidenceInterval(auc - 0.02, auc + 0.02), Limit = 0.6, Breached = auc < 0.6, Detail = "auc" },
            new() { Metric = "auc", Subject = segment, Value = double.IsNaN(auc) ? auc : 0.5, Detail = $"auc of {segment}" },
        ],
    };

    [GeneratedRegex("<circle class=\"bad\"", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Break();
}
