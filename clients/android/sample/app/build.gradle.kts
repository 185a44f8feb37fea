plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
    id("org.jetbrains.kotlin.plugin.compose")
}

android {
    namespace = "museum.lienzo"
    compileSdk = 36

    defaultConfig {
        applicationId = "museum.lienzo"
        minSdk = 28 // ImageDecoder
        targetSdk = 36
        versionCode = 1
        versionName = "1.0"
        buildConfigField("String", "GATEWAY", "\"${property("lienzo.gateway")}\"")
        buildConfigField("String", "KEY", "\"${property("lienzo.key")}\"")
    }

    buildFeatures {
        buildConfig = true
        compose = true
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

dependencies {
    implementation(platform("androidx.compose:compose-bom:2025.09.01"))
    implementation("androidx.compose.material3:material3")
    implementation("androidx.activity:activity-compose:1.11.0")
    implementation("androidx.lifecycle:lifecycle-viewmodel-compose:2.9.4")
}
