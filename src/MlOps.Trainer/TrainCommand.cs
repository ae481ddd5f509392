using MlOps.Core.Training;
using MlOps.Trainer.Encoding;

namespace MlOps.Trainer;

/// <summary>What <c>mlops-trainer --spec … --data … --out …</c> does.</summary>
internal static class TrainCommand
{
    /// <exception cref="TrainerInputException">Specification or data cannot be used.</exception>
    public static TrialMetrics Run(string specPath, string dataFolder, string outputFolder, TrainingProgress progress)
    {
        var spec = TrialFolder.ReadSpec(specPath);
        var train = ExampleFile.Read(Path.Combine(dataFolder, TrialFolder.Train), spec, training: true);
        var validation = ExampleFile.Read(Path.Combine(dataFolder, TrialFolder.Validation), spec, training: false);
        return TrialRun.Run(spec, train, validation, outputFolder, progress);
    }
}
