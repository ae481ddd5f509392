using MlOps.Data.Examples;
using MlOps.Data.Features;
using MlOps.Data.Ingest;
using MlOps.Data.Native;
using MlOps.Data.Validation;

namespace MlOps.Data.Tests;

/// <summary>The whole path on real data, from the example's source to a trainer's columns.</summary>
public sealed class FlightDelayDataTests
{
    [Fact]
    public void Two_months_of_flights_become_examples_with_the_dirty_rows_set_apart()
    {
        using var folder = new TemporaryFolder();
        var spec = RealData.FlightDelay;
        var files = new ExampleData().Create(
            RealData.Flights, new() { Source = "flights", Partition = "strftime(date, '%Y-%m')" }, "flights", folder["incoming"], default);
        Assert.Equal(["flights-2001-01.parquet", "flights-2001-02.parquet"], files.Take(2).Select(Path.GetFileName));

        var ingested = new DatasetIngestor().Ingest([.. files.Take(2).Select(f => new Core.Datasets.SourceFile(f, Path.GetFileName(f)))], spec.Data, folder["dataset"], default);
        Assert.Equal(966_409, ingested.Rows);
        Assert.Equal(new DateTime(2001, 1, 1, 0, 1, 0, DateTimeKind.Utc), ingested.MinTime);

        var verdict = new DatasetValidator().Validate(ingested.DataPath, ingested, spec.Data, folder["quarantine/rows.parquet"], default);
        Assert.True(verdict.Passed, verdict.Reason);
        Assert.Equal((966_401, 8), (verdict.Kept, verdict.Quarantined));

        var set = new FeatureBuilder().Build([ingested.DataPath], spec, folder["features"], default);
        Assert.Equal(966_401, set.Train.Rows + set.Validation.Rows + set.Test.Rows);
        Assert.InRange(set.Test.Rows, 193_000, 193_300);
        Assert.True(set.Train.To < set.Validation.From && set.Validation.To < set.Test.From, "the parts overlap in time");

        var train = ParquetColumns.Read(folder["features/train.parquet"], ["hour", "origin", "__target_origin", "__label"], null, default);
        Assert.Equal(set.Train.Rows, train.Rows);
    }
}
