using System.Globalization;
using System.Text;
using System.Text.Json;
using MlOps.Core.Json;

namespace MlOps.Cli.Replay;

/// <summary>Writes what came of a replay: <c>replay.json</c>, <c>days.csv</c> and the chart.</summary>
internal static class ReplayFiles
{
    public static async Task WriteAsync(ReplayReport report, ReplayPlan plan, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(plan.Folder, "replay.json"), JsonSerializer.Serialize(report, MlOpsJson.Indented), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(plan.Folder, "days.csv"), Csv(report), cancellationToken);
        Directory.CreateDirectory(Path.GetDirectoryName(plan.Chart)!);
        await File.WriteAllTextAsync(plan.Chart, ReplayChart.Render(report), cancellationToken);
    }

    private static string Csv(ReplayReport report)
    {
        var text = new StringBuilder("day,rows,version,value,low,high,without_value,without_low,without_high,alerts,retrainings,replaced\n");
        foreach (var d in report.Days)
        {
            text.AppendLine(string.Join(',',
                d.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Whole(d.Rows), Whole(d.Version),
                Number(d.Value), Number(d.Interval?.Low), Number(d.Interval?.High),
                Number(d.WithoutRetraining), Number(d.WithoutInterval?.Low), Number(d.WithoutInterval?.High),
                string.Join(' ', d.Alerts), string.Join(' ', d.Retrainings.Select(r => r.Run).OfType<string>()), d.Retrainings.Any(r => r.Replaced) ? "true" : "false"));
        }
        return text.ToString();
    }

    private static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double? value) => value is { } known && double.IsFinite(known) ? known.ToString("0.######", CultureInfo.InvariantCulture) : "";
}
