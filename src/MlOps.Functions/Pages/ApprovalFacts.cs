using MlOps.Core.Approvals;
using MlOps.Core.Drift;

namespace MlOps.Functions.Pages;

/// <summary>The facts on a candidate as markup, the most telling first.</summary>
internal static class ApprovalFacts
{
    /// <summary>Lines of a difference that name its files.</summary>
    private const int DiffHead = 2;

    public static Html Render(ApprovalDossier dossier) => Html.Join(
    [
        Metrics(dossier), Gates(dossier), Slices(dossier), Data(dossier), Drift(dossier.Drift), Changes(dossier), Documents(dossier),
    ]);

    /// <summary>The facts in a few words, for who has no time to scroll.</summary>
    public static Html Summarize(ApprovalDossier dossier)
    {
        var badges = new List<Html>();
        if (dossier.Gates.Count > 0) badges.Add(Badge($"{dossier.Gates.Count(g => g.Passed)} of {dossier.Gates.Count} gates passed", dossier.Gates.All(g => g.Passed) ? "good" : "bad"));
        if (dossier.Metrics is [{ Champion: { } champion } leading, ..])
            badges.Add(Badge($"{leading.Name} {Number(leading.Candidate)}, {Signed(leading.Candidate - champion)} to version {dossier.Champion!.Version}", VerdictOn(leading)));
        else if (dossier.Metrics is [var first, ..]) badges.Add(Badge($"{first.Name} {Number(first.Candidate)}", ""));
        if (dossier.Drift is { } drift) badges.Add(Badge($"{drift.Columns.Count(c => c.Drifted)} of {drift.Columns.Count} columns drifted", drift.Columns.Any(c => c.Drifted) ? "warn" : "good"));
        if (dossier.PipelineChanges.Length > 0) badges.Add(Badge("pipeline.yaml changed", "warn"));
        return Html.Of($"<p class=\"badges\">{Html.Join(badges)}</p>");

        static Html Badge(string text, string style) => Html.Of($"<span class=\"badge {style}\">{text}</span>");
    }

    private static Html Metrics(ApprovalDossier dossier)
    {
        var against = dossier.Champion is { } champion ? $"Version {champion.Version}" : null;
        return Card(
            against is null ? "Metrics" : "Metrics against the version in production",
            Html.Of(
                $"""
                <div class="scroll"><table><tr><th>Metric</th><th class="number">Candidate</th>{(against is null ? Html.Empty : Html.Of($"<th class=\"number\">{against}</th><th class=\"number\">Difference</th>"))}<th class="number">95% interval</th></tr>
                {Html.Join(dossier.Metrics.Select(m => Html.Of($"<tr><td>{m.Name}</td><td class=\"number\"><b>{Number(m.Candidate)}</b></td>{(against is null ? Html.Empty : Versus(m))}<td class=\"number soft\">{(m.Interval is { } i ? $"{Number(i.Low)} – {Number(i.High)}" : "")}</td></tr>")))}
                </table></div><p class="soft small">On {(against is null ? "" : "the same ")}{dossier.TestRows:N0} rows that were kept out of training. Latencies in milliseconds.</p>
                """));
    }

    private static Html Versus(MetricComparison metric)
    {
        if (metric.Champion is not { } champion) return Html.Of($"<td class=\"number\">–</td><td></td>");
        var style = VerdictOn(metric);
        var arrow = style switch { "good" => "▲ better", "bad" => "▼ worse", _ => "" };
        return Html.Of($"<td class=\"number\">{Number(champion)}</td><td class=\"number {style}\">{Signed(metric.Candidate - champion)} {arrow}</td>");
    }

    /// <summary>What rounds to nothing is neither better nor worse.</summary>
    private static string VerdictOn(MetricComparison metric) =>
        metric.MoreIsBetter is not { } more || metric.Champion is not { } champion || Number(metric.Candidate) == Number(champion) ? "soft"
        : metric.Candidate > champion == more ? "good" : "bad";

    private static Html Gates(ApprovalDossier dossier) => dossier.Gates.Count is 0 ? Html.Empty : Card("Gates", Html.Of(
        $"<div class=\"scroll\"><table>{Html.Join(dossier.Gates.Select(g => Html.Of($"<tr><td><span class=\"badge {(g.Passed ? "good" : "bad")}\">{(g.Passed ? "passed" : "failed")}</span></td><td class=\"mono\">{g.Text}</td><td class=\"soft\">{g.Detail}</td></tr>")))}</table></div>"));

    private static Html Slices(ApprovalDossier dossier)
    {
        if (dossier.Slices is not [var first, ..]) return Html.Empty;
        var spread = dossier.Slices.GroupBy(s => s.Slice).Select(g => (Slice: g.Key, Gap: g.Max(s => s.Result) - g.Min(s => s.Result)));
        return Card("Fairness: parts of the data", Html.Of(
            $"""
            <p class="soft small">{first.Metric} of the candidate, the weakest part first; over all rows {Number(first.Overall)}. {string.Join(" ", spread.Select(g => $"Between the best and the worst {g.Slice}: {Number(g.Gap)}."))}</p>
            <div class="scroll"><table><tr><th>Part</th><th class="number">Rows</th><th class="number">{first.Metric}</th><th class="number">To all rows</th></tr>
            {Html.Join(dossier.Slices.Take(8).Select(Row))}</table></div>
            {(dossier.Slices.Count > 8 ? Html.Of($"<details><summary>{dossier.Slices.Count - 8} more parts</summary><div class=\"scroll\"><table>{Html.Join(dossier.Slices.Skip(8).Select(Row))}</table></div></details>") : Html.Empty)}
            """));

        static Html Row(SliceFinding s) => Html.Of(
            $"<tr><td>{s.Slice} = {(s.Value.Length is 0 ? "missing" : s.Value)}</td><td class=\"number\">{s.Rows:N0}</td><td class=\"number\">{Number(s.Result)}</td><td class=\"number soft\">{Signed(s.Result - s.Overall)}</td></tr>");
    }

    private static Html Data(ApprovalDossier dossier) => Card("Data", Html.Of(
        $"""
        <div class="scroll"><table><tr><th>Trained on</th><th class="number">Rows</th><th>Time</th><th></th></tr>
        {Html.Join(dossier.Data.Select(d => Dataset(d, dossier.ChampionData.Count > 0 && !dossier.ChampionData.Contains(d) ? ("new", "good") : ("", ""))))}
        {Html.Join(dossier.ChampionData.Except(dossier.Data).Select(d => Dataset(d, ("only the version in production", "warn"))))}</table></div>
        {(dossier.Validation is { } v ? Html.Of($"<p class=\"small\">Of {v.Rows:N0} rows {v.Quarantined:N0} were set apart; {v.Checks.Count(c => c.Passed)} of {v.Checks.Count} checks are met.</p>{Html.Join(v.Checks.Where(c => !c.Passed).Select(c => Html.Of($"<p class=\"note {(c.Fails ? "bad" : "warn")} small\">{c.Check}: {c.Detail}</p>")))}") : Html.Empty)}
        """));

    private static Html Dataset(DatasetFacts d, (string Word, string Style) badge) => Html.Of(
        $"<tr><td class=\"mono\" title=\"{d.Version}\">{d.Version[..12]}</td><td class=\"number\">{d.Rows:N0}</td><td>{(d.From is { } from ? $"{from:yyyy-MM-dd} – {d.To:yyyy-MM-dd}" : "")}</td><td>{(badge.Word.Length is 0 ? Html.Empty : Html.Of($"<span class=\"badge {badge.Style}\">{badge.Word}</span>"))}</td></tr>");

    private static Html Drift(DriftReport? drift) => drift is null ? Html.Empty : Card("Drift from the data in production", Html.Of(
        $"""
        <p class="small">{drift.Columns.Count(c => c.Drifted)} of {drift.Columns.Count} columns have drifted.</p>
        <div class="scroll"><table><tr><th>Column</th><th class="number">Distance</th><th></th><th></th></tr>
        {Html.Join(drift.Columns.OrderByDescending(c => c.Drifted).ThenByDescending(c => double.IsNaN(c.Value) ? -1 : c.Value).Select(c => Html.Of($"<tr><td>{c.Column}</td><td class=\"number\">{Number(c.Value)}</td><td>{(c.Drifted ? Html.Of($"<span class=\"badge warn\">drifted</span>") : Html.Empty)}</td><td class=\"soft small\">{c.Detail}</td></tr>")))}</table></div>
        """));

    private static Html Changes(ApprovalDossier dossier)
    {
        var changed = dossier.Parameters.Count(p => p.Candidate != p.Champion);
        var parameters = dossier.Parameters.Count is 0 ? Html.Empty : Html.Of(
            $"""
            <details {(dossier.Champion is null ? "" : "open")}><summary>Parameters{(dossier.Champion is null ? "" : $": {changed} changed")}</summary><div class="scroll"><table>
            <tr><th>Parameter</th><th>Candidate</th>{(dossier.Champion is null ? Html.Empty : Html.Of($"<th>In production</th>"))}</tr>
            {Html.Join(dossier.Parameters.OrderBy(p => p.Candidate == p.Champion).Select(p => Html.Of($"<tr><td>{p.Name}</td><td class=\"mono\">{(p.Candidate != p.Champion ? Html.Of($"<b>{p.Candidate ?? "–"}</b>") : Html.Of($"{p.Candidate}"))}</td>{(dossier.Champion is null ? Html.Empty : Html.Of($"<td class=\"mono soft\">{p.Champion ?? "–"}</td>"))}</tr>")))}</table></div></details>
            """);
        var pipeline = dossier.Champion is null ? Html.Empty : dossier.PipelineChanges.Length is 0
            ? Html.Of($"<p class=\"small soft\">pipeline.yaml with its gates is the same as for the version in production.</p>")
            : Html.Of($"<details open><summary>pipeline.yaml and its gates</summary><div class=\"diff mono\">{Html.Join(dossier.PipelineChanges.TrimEnd('\n').Split('\n').Skip(DiffHead).Select(Line))}</div></details>");
        return parameters == Html.Empty && pipeline == Html.Empty ? Html.Empty : Card(dossier.Champion is null ? "Training" : "What changes", Html.Of($"{parameters}{pipeline}"));
    }

    private static Html Line(string line)
    {
        var style = line.FirstOrDefault() switch { '+' => "added", '-' => "removed", '@' => "omitted", _ => "" };
        return Html.Of($"<div class=\"{style}\">{(style is "omitted" ? "…" : line)}</div>");
    }

    private static Html Documents(ApprovalDossier dossier) => Card("Documents", Html.Of(
        $"<details><summary>Model card</summary>{MarkdownHtml.Render(dossier.Card)}</details>{(dossier.Datasheet.Length is 0 ? Html.Empty : Html.Of($"<details><summary>Datasheet</summary>{MarkdownHtml.Render(dossier.Datasheet)}</details>"))}"));

    private static Html Card(string title, Html content) => Html.Of($"<section class=\"card\"><h2>{title}</h2>{content}</section>");

    private static string Signed(double value) => $"{(value > 0 ? "+" : "")}{Number(value)}";

    private static string Number(double value) => double.IsNaN(value) ? "–" : FormattableString.Invariant($"{value:0.####}");
}
