using MlOps.Core.Specification;

namespace MlOps.Trainer.Tests.Export;

/// <summary>ONNX's own checker and its strict type and shape inference accept what is exported.</summary>
public sealed class OnnxCheckerTests
{
    private const string Check = """
        import onnx, sys
        model = onnx.load(sys.argv[1])
        onnx.checker.check_model(model, full_check=True)
        output = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True).graph.output[0]
        print(output.name, [d.dim_param or d.dim_value for d in output.type.tensor_type.shape.dim], {p.key: p.value for p in model.metadata_props}["task"])
        """;

    [PythonOnnxTheory]
    [InlineData(LearningTask.Binary, "gbtree", "prediction ['n', 1] binary")]
    [InlineData(LearningTask.Binary, "forest", "prediction ['n', 1] binary")]
    [InlineData(LearningTask.Binary, "gblinear", "prediction ['n', 1] binary")]
    [InlineData(LearningTask.Multiclass, "gbtree", "prediction ['n', 3] multiclass")]
    [InlineData(LearningTask.Multiclass, "forest", "prediction ['n', 3] multiclass")]
    [InlineData(LearningTask.Multiclass, "gblinear", "prediction ['n', 3] multiclass")]
    [InlineData(LearningTask.Regression, "gbtree", "prediction ['n', 1] regression")]
    [InlineData(LearningTask.Regression, "forest", "prediction ['n', 1] regression")]
    [InlineData(LearningTask.Regression, "gblinear", "prediction ['n', 1] regression")]
    public void Exported_models_pass_onnx_checker(LearningTask task, string booster, string printed)
    {
        using var folder = new TemporaryFolder();
        var spec = SyntheticTrial.Spec(task, ("booster", booster), ("rounds", "3"));
        TrialRun.Run(spec, SyntheticTrial.Train(task, 300), SyntheticTrial.Validation(task, 100), folder.Path, new TrainingProgress(TextWriter.Null));
        var (exitCode, output) = PythonOnnxTheoryAttribute.Run(Check, folder["model.onnx"]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(printed, output.Trim());
    }
}
