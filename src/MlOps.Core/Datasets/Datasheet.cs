using System.Globalization;
using System.Text;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Core.Text;

namespace MlOps.Core.Datasets;

/// <summary>What is on record about a dataset version.</summary>
/// <param name="Pipeline">The pipeline as the run went by it.</param>
/// <param name="Dataset">The version.</param>
/// <param name="Profile">What it looks like.</param>
/// <param name="Verdict">What validation said.</param>
/// <param name="Run">The run that ingested it; <see langword="null"/>: it is not known any more.</param>
public sealed record DatasheetFacts(PipelineSpec Pipeline, DatasetRecord Dataset, DatasetProfile Profile, ValidationVerdict? Verdict, RunRecord? Run);

/// <summary>
/// <c>datasheet.md</c> of a dataset version: what people should know before they use it. The sections are those of Gebru et al.,
/// Datasheets for Datasets (2021), as far as records can fill them; what only people know, it asks for.
/// </summary>
public static class Datasheet
{
    /// <summary>Writes the datasheet: Markdown with tables, the same text for the same facts.</summary>
    public static string Write(DatasheetFacts facts)
    {
        var sheet = new StringBuilder();
        sheet.Append(CultureInfo.InvariantCulture, $"# Datasheet: {Markdown.Text(facts.Dataset.Name)}, version {facts.Dataset.Version[..12]}\n\n");
        WriteMotivation(sheet, facts.Pipeline);
        WriteComposition(sheet, facts);
        WriteCollection(sheet, facts);
        WritePreprocessing(sheet, facts);
        WriteUses(sheet, facts);
        return sheet.ToString();
    }

    private static void WriteMotivation(StringBuilder sheet, PipelineSpec pipeline)
    {
        sheet.Append("## Motivation\n\n");
        Markdown.Table(sheet, ["", ""],
        [
            ["collected to answer", pipeline.Description.Length > 0 ? pipeline.Description : "nobody has said: add 'description' to the pipeline"],
            ["answered for by", pipeline.Owner.Length > 0 ? pipeline.Owner : "nobody is named: add 'owner' to the pipeline"],
            ["predicted is", $"{pipeline.Features.Label.Name}: {pipeline.Features.Label.Sql}"],
        ]);
    }

    private static void WriteComposition(StringBuilder sheet, DatasheetFacts facts)
    {
        var (dataset, profile) = (facts.Dataset, facts.Profile);
        sheet.Append("## Composition\n\n");
        Markdown.Table(sheet, ["", ""],
        [
            ["version", $"{dataset.Version}: SHA-256 of data.parquet"],
            ["rows", Count(profile.Rows)],
            ["rows that equal an earlier one", Count(profile.DuplicateRows)],
            ["time", dataset.MinTime is null ? "no time column is declared" : $"{Time(dataset.MinTime)} to {Time(dataset.MaxTime)} UTC"],
        ]);
        Markdown.Table(sheet, ["column", "type", "missing", "distinct", "smallest", "largest"], profile.Columns.Select(c => (string[])
        [
            c.Name, $"{c.Type}".ToLowerInvariant(), Count(c.Missing), Count(c.Distinct), c.Min ?? "", c.Max ?? "",
        ]));
        sheet.Append("Distributions, associations and what is missing together are in profile.html and profile.json.\n\n");
    }

    private static void WriteCollection(StringBuilder sheet, DatasheetFacts facts)
    {
        var (dataset, run) = (facts.Dataset, facts.Run);
        sheet.Append("## Collection\n\n");
        sheet.Append(CultureInfo.InvariantCulture, $"Ingested {Time(dataset.CreatedAt.UtcDateTime)} UTC by run {Markdown.Text(dataset.RunId)}");
        if (run is not null) sheet.Append(CultureInfo.InvariantCulture, $", which {Markdown.Text(run.StartedBy)} started");
        sheet.Append(", from:\n\n");
        Markdown.Table(sheet, ["file", "format", "rows", "bytes", "SHA-256"], dataset.Sources.Select(f => (string[])[f.Name, f.Format, Count(f.Rows), Count(f.Bytes), f.Sha256]));
        sheet.Append("How the values were measured, who is in them and whether they consented, records do not tell: ask who answers for the pipeline.\n\n");
    }

    private static void WritePreprocessing(StringBuilder sheet, DatasheetFacts facts)
    {
        sheet.Append("## Preprocessing\n\n");
        sheet.Append(CultureInfo.InvariantCulture,
            $"The declared columns were converted to their types; other columns were left out. {Count(facts.Dataset.Unreadable)} rows could not be converted and are not in the dataset. ");
        sheet.Append("Rows that break a rule are in it, and are left out of training.\n\n");
        if (facts.Verdict is not { } verdict) return;
        sheet.Append(CultureInfo.InvariantCulture, $"Validation: {(verdict.Passed ? "passed" : "failed")}; {Count(verdict.Kept)} rows kept, {Count(verdict.Quarantined)} quarantined.\n\n");
        if (facts.Dataset.Accepted is { } accepted)
            sheet.Append(CultureInfo.InvariantCulture, $"{Markdown.Text(accepted.By)} accepted the failures: {Markdown.Text(accepted.Reason)}\n\n");
        Markdown.Table(sheet, ["check", "", "finding"], verdict.Checks.Select(c => (string[])
            [c.Check, c.Passed ? "met" : c.Severity is CheckSeverity.Warn ? "warning" : "failed", c.Detail]));
    }

    private static void WriteUses(StringBuilder sheet, DatasheetFacts facts)
    {
        sheet.Append("## Uses\n\n");
        sheet.Append(CultureInfo.InvariantCulture,
            $"Training, validation and test of the models of pipeline {Markdown.Text(facts.Pipeline.Name)}, alone or in a window with other versions. Inputs are made of it so:\n\n");
        Markdown.Table(sheet, ["input", "from"], facts.Pipeline.Features.Inputs.Select(i => (string[])[i.Name, i.Sql]));
        sheet.Append(CultureInfo.InvariantCulture,
            $"'mlops datasets show {Markdown.Text(facts.Dataset.Name)} {facts.Dataset.Version[..12]}' lists the models that were trained on it.\n");
    }

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(DateTime? time) => time?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "";
}
